package service

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/internal/guard"
	"github.com/instrumentgo/instrument/internal/observe"
)

// system is rpc.system.name of calls between processes.
const system = "instrument"

// Client calls a service of another process. All methods may be called by many goroutines at once.
type Client struct {
	name   string
	link   *bindings.Link // nil without a platform
	api    API
	caller Caller
	watch  *observe.RPC
	guard  *guard.Guard // nil without policies
}

// NewClient returns a client without a platform: for tests. name is what errors call the service.
func NewClient(name string, api API, caller Caller) *Client {
	return &Client{name: name, api: api, caller: caller, watch: observe.NewRPC(system, api.Name, "", "", false)}
}

func newClient(name string, link *bindings.Link, api API, caller Caller, g *guard.Guard) *Client {
	c := NewClient(name, api, caller)
	c.link, c.guard = link, g
	return c
}

// Call calls a method with the arguments that in points to, a struct, and returns its results as an
// Out, another struct. Generated code calls it.
func Call[Out any](ctx context.Context, c *Client, method string, in any) (Out, error) {
	var out, none Out
	if err := c.call(ctx, method, in, &out); err != nil {
		return none, err
	}
	return out, nil
}

// call counts a call as under way for the platform's Close, and records it. Its error is complete.
func (c *Client) call(ctx context.Context, method string, in, out any) error {
	if c.link != nil {
		if err := c.link.Enter(); err != nil {
			return c.failed(ctx, method, err)
		}
		defer c.link.Leave()
	}
	ctx, watch := c.watch.Begin(ctx, method, method)
	err := c.failed(ctx, method, c.guard.Run(ctx, c.class(method), func(ctx context.Context) error {
		return c.send(ctx, method, in, out, &watch)
	}))
	watch.End(outcome(err))
	return err
}

// class returns what the binding's policies may do with a method.
func (c *Client) class(method string) guard.Class {
	if slices.Contains(c.api.Idempotent, method) {
		return guard.Repeatable
	}
	return guard.Once
}

func (c *Client) send(ctx context.Context, method string, in, out any, watch *observe.RPCCall) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	r := Request{Service: c.api.Name, Method: method, Idempotent: slices.Contains(c.api.Idempotent, method), Sent: watch.Address}
	r.Tenant, _ = bindings.Tenant(ctx)
	if c.link != nil {
		if _, err := c.link.Space(ctx, c.link.PerTenant()); err != nil {
			return err
		}
	}
	var err error
	if r.Arguments, err = json.Marshal(in); err != nil {
		return bindings.Errorf(bindings.Unknown, "encode arguments: %w", err)
	}
	results, err := c.caller.Call(ctx, r)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(results, out); err != nil {
		return bindings.Errorf(bindings.Unknown, "decode results: %w", err)
	}
	return nil
}

// failed returns the complete error of a call, nil for nil.
func (c *Client) failed(ctx context.Context, method string, err error) error {
	if err == nil {
		return nil
	}
	op := "call " + method + " of"
	if f, ok := errors.AsType[*Failure](err); ok {
		r := &remote{Failure: f}
		for _, name := range f.Names {
			if match := c.api.Errors[name]; match != nil { // the server may know more of them
				r.matches = append(r.matches, match)
			}
		}
		if f.Code == bindings.DeadlineExceeded {
			r.matches = append(r.matches, context.DeadlineExceeded) // the server's is ours
		}
		failed := &bindings.Error{Code: f.Code, Op: op, Binding: c.name, Err: r}
		if f.Later > 0 {
			failed.Err = later{r}
		}
		return failed
	}
	if code := bindings.Code(err); (code == bindings.Unavailable || code == bindings.Unknown) && ctx.Err() != nil {
		err = bindings.Errorf(bindings.Code(ctx.Err()), "%w (%w)", ctx.Err(), err)
	}
	return bindings.Failed(op, c.name, err)
}

// outcome returns how telemetry sees the end of a client's call.
func outcome(err error) observe.Outcome {
	if err == nil {
		return observe.Outcome{Code: okName}
	}
	code := bindings.Code(err)
	o := observe.Outcome{Code: codeName(code), Type: code.ErrorType(), Reason: err.Error()}
	if r, ok := errors.AsType[*remote](err); ok {
		o.Type = r.ErrorType()
	}
	return o
}

// okName is the code of a call that did not fail, as telemetry names it.
const okName = "ok"
