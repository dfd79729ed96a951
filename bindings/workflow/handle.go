package workflow

import (
	"context"
	"encoding/json"
	"runtime"
	"sync"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/propagation"

	"github.com/instrumentgo/instrument/bindings"
)

// HandleOption is an option of [Handle].
type HandleOption func(*handling)

// Known are errors that callers of a workflow distinguish: a failure of its runs matches them.
func Known(errs Errors) HandleOption { return func(h *handling) { h.known = errs } }

// handling is a body that a process executes.
type handling struct {
	opened *opened
	known  Errors
	body   func(context.Context, json.RawMessage) (any, error)
}

// Handle makes a function the body of the workflow that an environment binds to a logical name.
// From when the platform starts its runs are executed, those that others have begun and left
// included. A platform handles each workflow once.
//
// The body is called again from its beginning after each interruption, and its steps then return
// what is recorded of them. So it must make the same calls of them whenever it is called with the
// same input: its own clock, random numbers, files and goroutines it has from this package.
func Handle[In, Out any](ctx context.Context, p *bindings.Platform, name string, body func(context.Context, In) (Out, error),
	options ...HandleOption) error {
	o, store, err := open(ctx, p, name)
	if err != nil {
		return err
	}
	h := &handling{opened: o, body: func(ctx context.Context, data json.RawMessage) (any, error) {
		var in In
		if err := json.Unmarshal(data, &in); err != nil {
			return nil, &undecodable{err}
		}
		return body(ctx, in)
	}}
	for _, option := range options {
		option(h)
	}
	if err := o.part.add(name, h, store); err != nil {
		return bindings.Failed("handle", name, err)
	}
	return p.OnStart(ctx, "runs of "+name, func(ctx context.Context) error {
		server, err := store.Serve(context.WithoutCancel(ctx), h.execute)
		if err != nil {
			return bindings.Failed("serve", name, err)
		}
		// What is under way may still start and signal other runs.
		p.OnClose(bindings.StageFinish, "runs of "+name, server.Stop)
		return nil
	})
}

// undecodable is the error of an input that the code cannot read.
type undecodable struct{ error }

// execute executes a run.
func (h *handling) execute(ctx context.Context, e Execution) Outcome {
	r := &run{exec: e, binding: h.opened.name, known: h.known, part: h.opened.part, limit: h.opened.limit}
	var in input
	if err := json.Unmarshal(e.Input(), &in); err != nil {
		r.park("decode input: %v", err)
	}
	if in.Tenant != "" {
		ctx = bindings.WithTenant(ctx, in.Tenant)
	}
	ctx, span := begin(ctx, "run "+r.binding, in.Trace)
	defer span.End()
	f := &frame{run: r}
	value, err := h.call(f.context(ctx), r, in.Value)
	if own, ok := err.(*undecodable); ok {
		r.park("decode input: %v", own.error)
	}
	o := Outcome{Status: Succeeded}
	var out output
	if err == nil {
		if out.Value, err = json.Marshal(value); err == nil && len(out.Value) > h.opened.limit/2 {
			err = bindings.Errorf(bindings.ResourceExhausted, "the result has %d bytes, and may have %d", len(out.Value), h.opened.limit/2)
		}
	}
	if err != nil {
		out = output{Failure: failureOf(err, h.known)}
		if o.Status = Failed; r.canceled {
			o.Status = Canceled
		}
		o.Reason = r.compensate(f.context(ctx))
	}
	failed(span, out.Failure)
	if in.Parent != nil {
		f.tell(f.context(ctx), in.Parent)
	}
	if o.Output, err = json.Marshal(out); err != nil {
		r.park("encode output: %v", err)
	}
	r.part.counter.add(ctx, r.binding, o.Status)
	return o
}

// call calls the body. A panic of the body's is its failure; one of the engine's passes.
func (h *handling) call(ctx context.Context, r *run, in json.RawMessage) (value any, err error) {
	returned := false
	defer func() {
		switch {
		case returned && r.gone.Load(): // the body has recovered from what the engine ended it by
			runtime.Goexit()
		case returned || r.gone.Load():
			return
		}
		if p := recover(); p != nil {
			err = panicked(p)
		}
	}()
	value, err = h.body(ctx, in)
	returned = true
	return value, err
}

// tell lets the run that has started this one know that it has ended. That may have ended itself,
// or be another service's: then it looks.
func (f *frame) tell(ctx context.Context, to *parent) {
	r := f.run
	store := r.part.store(to.Binding)
	if store == nil {
		return
	}
	r.undoing = true // also if the run is canceled now
	r.canceled = false
	data, err := json.Marshal(message{Ended: r.binding + "/" + r.exec.Key()})
	if err != nil {
		return
	}
	_, _ = f.step(ctx, "tell "+to.Binding, nil, false, func(ctx context.Context) entry {
		if err := store.Send(ctx, to.Key, data); err != nil {
			return entry{Failure: failureOf(err, nil)}
		}
		return entry{}
	})
}

// part is what a platform knows of its workflows.
type part struct {
	counter counter

	mu      sync.Mutex
	handled map[string]*handling
	stores  map[string]Store
}

func partOf(p *bindings.Platform) *part {
	return bindings.Part(p, func() *part { return &part{handled: map[string]*handling{}, stores: map[string]Store{}} })
}

func (p *part) add(name string, h *handling, store Store) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.handled[name] != nil {
		return bindings.Errorf(bindings.AlreadyExists, "the platform must handle each workflow once")
	}
	p.handled[name], p.stores[name] = h, store
	return nil
}

func (p *part) errors(name string) Errors {
	p.mu.Lock()
	defer p.mu.Unlock()
	if h := p.handled[name]; h != nil {
		return h.known
	}
	return nil
}

func (p *part) store(name string) Store {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stores[name]
}

// traceOf returns the trace context of ctx, as the propagator of the program writes it.
func traceOf(ctx context.Context) map[string]string {
	carrier := propagation.MapCarrier{}
	otel.GetTextMapPropagator().Inject(ctx, carrier)
	if len(carrier) == 0 {
		return nil
	}
	return carrier
}
