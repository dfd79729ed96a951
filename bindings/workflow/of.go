package workflow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/internal/access"
)

// Of is a workflow that takes values of type In and returns values of type Out: it starts runs, and
// knows what becomes of them. [Open] returns it. Copies are the same workflow, and many goroutines
// may call all methods at once.
type Of[In, Out any] struct{ *opened }

// opened is what an Of points to.
type opened struct {
	access  *access.Access[Store]
	name    string
	part    *part
	started *atomic.Bool // the platform has, or is about to
	limit   int
}

// Open returns the workflow that an environment binds to a logical name. It fails if there is none,
// or if its provider does not provide workflows.
func Open[In, Out any](ctx context.Context, p *bindings.Platform, name string) (Of[In, Out], error) {
	o, _, err := open(ctx, p, name)
	if err != nil {
		return Of[In, Out]{}, err
	}
	return Of[In, Out]{o}, nil
}

func open(ctx context.Context, p *bindings.Platform, name string) (*opened, Store, error) {
	link, err := p.Lookup(name, bindings.Workflow)
	if err != nil {
		return nil, nil, err
	}
	if link.PerTenant() {
		return nil, nil, bindings.Failed("open", name, bindings.Errorf(bindings.Unimplemented,
			"option tenants is not for workflows: the tenant of whoever starts a run is always part of its key"))
	}
	o := &opened{name: name, part: partOf(p), started: &atomic.Bool{}, limit: MaxData}
	var store Store
	o.access, err = access.Open(ctx, link, false, func(ctx context.Context, space bindings.Space) (Store, error) {
		store, err = link.Conn().(Opener).OpenWorkflow(ctx, space)
		return store, err
	})
	if err != nil {
		return nil, nil, err
	}
	if most := store.Abilities().MaxData; most > 0 {
		o.limit = min(o.limit, most)
	}
	o.started.Store(p.Running() == nil)
	p.CheckStart("workflow "+name, func(context.Context) error { o.started.Store(true); return nil })
	return o, store, nil
}

// Abilities returns what the workflow's store can do.
func (o Of[In, Out]) Abilities(ctx context.Context) (Abilities, error) {
	c, err := o.begin(ctx, "abilities")
	if err != nil {
		return Abilities{}, err
	}
	defer c.Unwind()
	return c.Store.Abilities(), c.End(nil)
}

// begin begins an operation. Its error is complete.
func (o *opened) begin(ctx context.Context, op string) (access.Call[Store], error) {
	if o == nil {
		return (*access.Access[Store])(nil).Begin(ctx, op)
	}
	return o.access.Begin(ctx, op)
}

// beginOn begins an operation on the run of an ID, whose key it returns. Its error is complete.
func (o *opened) beginOn(ctx context.Context, op, id string) (access.Call[Store], string, error) {
	c, err := o.begin(ctx, op)
	if err != nil {
		return c, "", err
	}
	key, err := keyOf(ctx, id)
	if err != nil {
		return c, "", c.End(err)
	}
	return c, key, nil
}

// keyOf returns the key of a run: the ID, after the tenant of the context if there is one, so that
// tenants do not see each other's runs.
func keyOf(ctx context.Context, id string) (string, error) {
	if id == "" || len(id) > MaxID {
		return "", bindings.Errorf(bindings.FailedPrecondition, "the ID of a run must have 1 to %d bytes, not %d", MaxID, len(id))
	}
	tenant, _ := bindings.Tenant(ctx)
	return prefix(tenant) + id, nil
}

// MaxID is the greatest length of the ID of a run, in bytes.
const MaxID = 256

// prefix is what the keys of a tenant's runs begin with.
func prefix(tenant string) string {
	if tenant == "" {
		return ":"
	}
	return bindings.Escape(tenant) + ":"
}

// input is what a run is started with, as the store keeps it.
type input struct {
	Value  json.RawMessage   `json:"value"`
	ID     string            `json:"id"`
	Tenant string            `json:"tenant,omitempty"`
	Trace  map[string]string `json:"trace,omitempty"`  // of whoever started it
	Parent *parent           `json:"parent,omitempty"` // the run that started it
}

// parent is the run that has started another one.
type parent struct {
	Binding string `json:"binding"`
	Key     string `json:"key"`
}

// output is how a run has ended, as the store keeps it.
type output struct {
	Value   json.RawMessage `json:"value,omitempty"`
	Failure *failure        `json:"failure,omitempty"`
}

// Start starts a run, whose ID is its idempotency key: if there is a run of that ID with the same
// input, Start does nothing and returns nil, and if it has another input the error is
// AlreadyExists. The run begins at once, and goes on after the end of ctx and of the process. Its
// tenant and its trace are those of ctx.
//
// Before the platform has started the error is FailedPrecondition. In the body of a run Start is a
// step.
func (o Of[In, Out]) Start(ctx context.Context, id string, in In) error {
	value, err := json.Marshal(in)
	if err != nil {
		return bindings.Failed("start", o.label(), fmt.Errorf("encode input: %w", err))
	}
	return o.recorded(ctx, "start", startArgs{id, value}, func(ctx context.Context, by *parent) error { return o.start(ctx, id, value, by) })
}

type startArgs struct {
	ID    string          `json:"id"`
	Value json.RawMessage `json:"value,omitempty"`
}

func (o *opened) label() string {
	if o == nil {
		return ""
	}
	return o.name
}

// recorded does an operation on another run; in a body as a step.
func (o *opened) recorded(ctx context.Context, op string, args startArgs, do func(context.Context, *parent) error) error {
	f := bodyOf(ctx)
	if f == nil {
		return do(ctx, nil)
	}
	by := &parent{f.run.binding, f.run.exec.Key()}
	step := &Step{Name: op + " " + o.label(), Errors: nil}
	_, err := Record(ctx, step, args, func(ctx context.Context) (struct{}, error) { return struct{}{}, do(ctx, by) }, nil)
	return err
}

func (o *opened) start(ctx context.Context, id string, value json.RawMessage, by *parent) error {
	c, key, err := o.beginOn(ctx, "start", id)
	if err != nil {
		return err
	}
	defer c.Unwind()
	if !o.started.Load() {
		return c.End(bindings.Errorf(bindings.FailedPrecondition, "the platform must have started: use bindings.Run"))
	}
	in := input{Value: value, ID: id, Parent: by, Trace: traceOf(ctx)}
	in.Tenant, _ = bindings.Tenant(ctx)
	data, err := json.Marshal(in)
	if err != nil {
		return c.End(err)
	}
	if len(data) > o.limit {
		return c.End(bindings.Errorf(bindings.ResourceExhausted, "the input has %d bytes, and may have %d", len(data), o.limit))
	}
	err = c.Store.Start(c.Ctx, key, data)
	if errors.Is(err, bindings.AlreadyExists) {
		err = o.same(c.Ctx, c.Store, key, value)
	}
	return c.End(err)
}

// same returns nil if a run has the input.
func (o *opened) same(ctx context.Context, store Store, key string, value json.RawMessage) error {
	state, err := store.Get(ctx, key)
	if err != nil {
		return err
	}
	var have input
	if err := json.Unmarshal(state.Input, &have); err != nil {
		return fmt.Errorf("decode input: %w", err)
	}
	if string(have.Value) != string(value) {
		return bindings.Errorf(bindings.AlreadyExists, "there is a run of that ID with another input")
	}
	return nil
}
