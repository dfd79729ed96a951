package record

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/instrumentgo/instrument/bindings"
)

// Scheme is the scheme of URLs that lead to a recording whatever provider was recorded:
// "recorded:".
const Scheme = "recorded"

// Replay answers what was recorded. It may be used by many goroutines at once.
type Replay struct {
	loose     bool
	providers []*provider

	mu       sync.Mutex
	lines    []*answer            // in the order of their seq
	opens    map[storeKey]*answer // what each store declares
	asked    map[string]*answers  // by what is asked
	children map[int][]*answer    // events and deliveries that are not given, by the line of their watch or subscription
	stores   map[storeKey][]*answer
	holding  map[storeKey][]*answer // what events and deliveries may have to wait for; all that is not given, and more
	parents  map[int]int            // the subscription's line, by that of the delivery
	missing  []error
	news     chan struct{} // closed at the next answer that is given; nil while nobody waits
}

// answer is a line that is given once.
type answer struct {
	line
	given bool
	of    int // of a verdict: the line of the subscription; else 0
}

// answers are those to one question, in order.
type answers struct {
	all   []*answer
	next  int
	asked int // how often there was none
}

// storeKey identifies a store of the recording. The namespace is the environment's to say.
type storeKey struct {
	kind            bindings.Kind
	binding, tenant string
}

// ReplayOption is an option of [Read].
type ReplayOption func(*Replay)

// Loose lets the last answer to a read be given again and again. Without it one that is asked more
// often than it was recorded fails.
func Loose() ReplayOption { return func(r *Replay) { r.loose = true } }

func newReplay(options []ReplayOption) *Replay {
	r := &Replay{opens: map[storeKey]*answer{}, asked: map[string]*answers{}, children: map[int][]*answer{},
		stores: map[storeKey][]*answer{}, holding: map[storeKey][]*answer{}, parents: map[int]int{}}
	for _, o := range options {
		o(r)
	}
	return r
}

// add adds a line. Lines come in the order of their seq.
func (r *Replay) add(l line) error {
	if l.Provider != nil {
		r.providers = append(r.providers, l.Provider)
		return nil
	}
	a := &answer{line: l}
	store := storeKey{l.Kind, string(l.Binding), string(l.Tenant)}
	if l.Op == "open" {
		r.opens[store] = a
		return nil
	}
	key, err := question(store, l.Op, l.Args)
	if err != nil {
		return fmt.Errorf("read recording: seq %d: %w", l.Seq, err)
	}
	r.lines = append(r.lines, a)
	r.stores[store] = append(r.stores[store], a)
	switch l.Op {
	case "event", "delivery":
		r.children[l.Args.Of] = append(r.children[l.Args.Of], a)
		r.parents[l.Seq] = l.Args.Of
		return nil
	case "ack", "retry", "bury":
		a.of = r.parents[l.Args.Delivery]
		r.holding[store] = append(r.holding[store], a)
	case "set", "set many", "delete", "compare and swap", "increment", "publish":
		r.holding[store] = append(r.holding[store], a)
	}
	if r.asked[key] == nil {
		r.asked[key] = &answers{}
	}
	r.asked[key].all = append(r.asked[key].all, a)
	return nil
}

// question returns what is asked as a text that is the same for the same.
func question(store storeKey, op string, a args) (string, error) {
	raw, err := marshal(a)
	return fmt.Sprintf("%s %q %q %s %s", store.kind, store.binding, store.tenant, op, raw), err
}

// Provider returns a provider that takes the schemes, the kinds and the options which the recorded
// environment has, so that it can be opened with this provider alone; and "recorded:" for any
// binding.
func (r *Replay) Provider() *bindings.Provider {
	p := &bindings.Provider{Name: "recording", Doc: "answers what was recorded", Schemes: []string{Scheme}}
	for _, one := range r.providers {
		for _, scheme := range one.Schemes {
			if !slices.Contains(p.Schemes, scheme) {
				p.Schemes = append(p.Schemes, scheme)
			}
		}
		for _, kind := range one.Kinds {
			if !slices.Contains(p.Kinds, kind) {
				p.Kinds = append(p.Kinds, kind)
			}
		}
		for _, name := range one.Options {
			if !slices.ContainsFunc(p.Options, func(o bindings.Option) bool { return o.Name == name }) {
				p.Options = append(p.Options, bindings.Option{Name: name, Text: "of " + one.Name + ": not looked at"})
			}
		}
		switch p.System {
		case "", one.System:
			p.System = one.System
		default:
			p.System = "other"
		}
	}
	p.Open = func(context.Context, bindings.Target) (bindings.Conn, error) { return replayConn{r}, nil }
	return p
}

// Bindings returns an entry for each binding of the recording, sorted by name, whose URL is
// "recorded:", and which keeps tenants apart if it did.
func (r *Replay) Bindings() (all []bindings.Binding) {
	tenants := map[string]bool{}
	for store, opened := range r.opens {
		tenants[store.binding] = tenants[store.binding] || store.tenant != "" || opened.Result.Tenants
	}
	for store := range r.stores {
		if store.kind == bindings.Service {
			continue // which tenants call says nothing
		}
		tenants[store.binding] = tenants[store.binding] || store.tenant != ""
	}
	for _, name := range slices.Sorted(maps.Keys(tenants)) {
		b := bindings.Binding{Name: name, URL: Scheme + ":"}
		if tenants[name] {
			b.Options = map[string]bindings.Value{"tenants": {Text: "true"}}
		}
		all = append(all, b)
	}
	return all
}

// Err returns everything that was asked and not recorded, nil if there is nothing: where a program
// goes on after an error, as a subscription does, this is what tells.
func (r *Replay) Err() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.missing) == 0 {
		return nil
	}
	lines := make([]string, len(r.missing))
	for i, err := range r.missing {
		lines[i] = err.Error()
	}
	return bindings.Errorf(bindings.FailedPrecondition, "%s", strings.Join(lines, "\n"))
}

// Unused returns what was recorded and never asked, in the order of the recording: `7: kv set carts
// {"key":"a"}`. Whether locks and messages are renewed depends on time, and is not recorded.
func (r *Replay) Unused() (lines []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, a := range r.lines {
		if !a.given && !heartbeat(a.Op) {
			lines = append(lines, fmt.Sprintf("%d: %s", a.Seq, a.line))
		}
	}
	return lines
}

// heartbeat reports whether an operation is done again and again while something lasts.
func heartbeat(op string) bool { return op == "renew" || op == "extend" }

// String returns the question: `kv get carts {"key":"a"}`.
func (l line) String() string {
	return describe(storeKey{l.Kind, string(l.Binding), string(l.Tenant)}, l.Op, l.Args)
}

func describe(store storeKey, op string, a args) string {
	text := fmt.Sprintf("%s %s %s", store.kind, op, store.binding)
	if store.tenant != "" {
		text += " (tenant " + store.tenant + ")"
	}
	if raw, err := marshal(a); err == nil && string(raw) != "{}" {
		text += " " + string(raw)
	}
	return text
}
