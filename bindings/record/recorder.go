package record

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/instrumentgo/instrument/bindings"
)

// kinds are those that can be recorded, because each operation is a value and so is its answer.
func kinds() []bindings.Kind {
	return []bindings.Kind{bindings.Blob, bindings.Config, bindings.KV, bindings.Lock, bindings.Secret, bindings.Service, bindings.Topic}
}

// Recorder writes what goes through the providers that it wraps. It may be used by many goroutines
// at once.
type Recorder struct {
	secrets, times bool

	mu      sync.Mutex
	w       io.Writer
	err     error // of writing
	last    int   // line that was begun
	written int   // up to this line
	waiting map[int][]byte
	told    map[string]bool // of what is recorded once
	heads   map[string]line // providers that were opened since the last operation: all at once, in no order
}

// Option is an option of [New].
type Option func(*Recorder)

// KeepSecrets records secrets as they are. Without it they are recorded as "[redacted]", which is
// then what a replay answers.
func KeepSecrets() Option { return func(r *Recorder) { r.secrets = true } }

// KeepTimes records when messages were published, when dead letters died and when objects were
// written. Without it a replay answers with the zero time, and two recordings of one program are
// the same.
func KeepTimes() Option { return func(r *Recorder) { r.times = true } }

// New returns a recorder that writes to w.
func New(w io.Writer, options ...Option) *Recorder {
	r := &Recorder{w: w, waiting: map[int][]byte{}, told: map[string]bool{}, heads: map[string]line{}}
	for _, o := range options {
		o(r)
	}
	return r
}

// Wrap returns a provider that does what the given one does and records it. It has those kinds that
// can be recorded, which sql is not.
func (r *Recorder) Wrap(p *bindings.Provider) *bindings.Provider {
	wrapped := *p
	wrapped.Kinds = slices.DeleteFunc(slices.Clone(p.Kinds), func(k bindings.Kind) bool { return !slices.Contains(kinds(), k) })
	wrapped.Open = func(ctx context.Context, target bindings.Target) (bindings.Conn, error) {
		inner, err := p.Open(ctx, target)
		if err != nil {
			return nil, err
		}
		r.tell(&wrapped, target.Options)
		return &conn{inner, r}, nil
	}
	return &wrapped
}

// tell records a provider, with the names of those options that are set. Their values are none of a
// recording's business.
func (r *Recorder) tell(p *bindings.Provider, options map[string]string) {
	said := provider{Name: p.Name, Schemes: p.Schemes, Kinds: p.Kinds, System: p.System, Options: slices.Sorted(maps.Keys(options))}
	what := fmt.Sprintf("provider %s %q", p.Name, said.Options)
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.told[what] {
		r.told[what], r.heads[what] = true, line{Provider: &said}
	}
}

// Err returns why the recording is not whole, nil if it is. Closing a platform returns it, too.
func (r *Recorder) Err() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err != nil {
		return fmt.Errorf("write recording: %w", r.err)
	}
	return nil
}

// begin takes the next place among the lines. Each that is taken must be put.
func (r *Recorder) begin() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.announce()
	r.last++
	return r.last
}

// announce writes the providers that are new, in the order of their names. The caller holds the
// lock.
func (r *Recorder) announce() {
	for _, what := range slices.Sorted(maps.Keys(r.heads)) {
		l := r.heads[what]
		delete(r.heads, what)
		r.last++
		l.Seq = r.last
		encoded, err := marshal(l)
		r.add(l.Seq, encoded, err)
	}
}

// tooMany is how many lines wait for one that was begun before them. Then they are written, so that
// one operation which does not end keeps nothing else from the recording: a replay sorts them.
const tooMany = 256

// put writes a line when those begun before it are written.
func (r *Recorder) put(l line) {
	encoded, err := marshal(l)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.add(l.Seq, encoded, err)
}

// add writes a line when those begun before it are written. The caller holds the lock.
func (r *Recorder) add(seq int, encoded []byte, err error) {
	if err != nil {
		r.err = errors.Join(r.err, fmt.Errorf("line %d: %w", seq, err))
	}
	r.waiting[seq] = append(encoded, '\n')
	if seq <= r.written { // those behind it could not wait
		r.write(seq)
		return
	}
	for next := r.waiting[r.written+1]; next != nil; next = r.waiting[r.written+1] {
		r.written++
		r.write(r.written)
	}
	if len(r.waiting) > tooMany {
		r.flush()
	}
}

// write writes a line that waits. The caller holds the lock.
func (r *Recorder) write(seq int) {
	if r.err == nil {
		_, r.err = r.w.Write(r.waiting[seq])
	}
	delete(r.waiting, seq)
}

// flush writes all lines that wait. The caller holds the lock.
func (r *Recorder) flush() {
	r.announce()
	for _, seq := range slices.Sorted(maps.Keys(r.waiting)) {
		r.write(seq)
		r.written = max(r.written, seq)
	}
}

// once puts a line unless the same was put before.
func (r *Recorder) once(what string, l line) {
	r.mu.Lock()
	told := r.told[what]
	r.told[what] = true
	if !told {
		r.announce()
		r.last++
		l.Seq = r.last
	}
	r.mu.Unlock()
	if !told {
		r.put(l)
	}
}

// time returns t if times are recorded.
func (r *Recorder) time(t time.Time) time.Time {
	if !r.times {
		return time.Time{}
	}
	return t.UTC()
}

// space is the store of one binding, and tenant, that is recorded.
type space struct {
	rec  *Recorder
	kind bindings.Kind
	bindings.Space
}

// operation is one that is under way.
type operation struct {
	rec *Recorder
	line
}

// begin begins an operation, whose place in the recording is where it begins.
func (s space) begin(op string, a args) operation {
	return operation{s.rec, line{Seq: s.rec.begin(), Kind: s.kind, Binding: text(s.Binding), Tenant: text(s.Tenant), Op: op, Args: a}}
}

// end records the operation with its answer. What an error comes with is recorded, too.
func (o operation) end(r result, err error) {
	o.Result, o.Error = r, failed(err)
	o.rec.put(o.line)
}

// opened records what a store declares: once, as a program may open one often.
func (s space) opened(r result, err error) {
	l := line{Kind: s.kind, Binding: text(s.Binding), Tenant: text(s.Tenant), Op: "open", Result: r, Error: failed(err)}
	s.rec.once(fmt.Sprintf("open %s %q %q %v", s.kind, s.Binding, s.Tenant, err), l)
}
