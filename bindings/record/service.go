package record

import (
	"context"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/service"
)

// OpenService implements [service.Opener]. A service of this process is called as it is: its calls
// are those of functions.
func (c *conn) OpenService(ctx context.Context, p *bindings.Platform, link *bindings.Link) (service.Caller, error) {
	opener, err := as[service.Opener](c, bindings.Service)
	if err != nil {
		return nil, err
	}
	s := c.space(bindings.Service, bindings.Space{Namespace: link.Namespace(), Binding: link.Name()})
	inner, err := opener.OpenService(ctx, p, link)
	if err != nil {
		s.opened(result{}, err)
		return nil, err
	}
	s.opened(result{Local: inner == nil, Tenants: link.PerTenant()}, nil)
	if inner == nil {
		return nil, nil
	}
	return &serviceCaller{s, inner}, nil
}

// serviceCaller is a service of another process whose calls are recorded.
type serviceCaller struct {
	space
	inner service.Caller
}

// Call implements [service.Caller].
func (s *serviceCaller) Call(ctx context.Context, r service.Request) ([]byte, error) {
	of := s.space
	of.Tenant = r.Tenant
	o := of.begin("call", callArgs(r))
	results, err := s.inner.Call(ctx, r)
	o.end(result{Value: results}, err)
	return results, err
}

// callArgs are what a call is known by: also the interface, for one that has changed its name has
// other methods.
func callArgs(r service.Request) args {
	return args{Service: text(r.Service), Method: r.Method, Value: r.Arguments}
}

// methodFailure is what travels of the error of a method.
type methodFailure struct {
	Names []text `json:"names,omitzero"` // of the interface's package
	Later span   `json:"retry-after,omitzero"`
}

// OpenService implements [service.Opener].
func (c replayConn) OpenService(_ context.Context, _ *bindings.Platform, link *bindings.Link) (service.Caller, error) {
	s, opened, err := c.opened(bindings.Service, bindings.Space{Binding: link.Name()})
	if err != nil || opened.Result.Local {
		return nil, err
	}
	return serviceReplay{s}, nil
}

// serviceReplay answers as a recorded service did.
type serviceReplay struct{ replayStore }

// Call implements [service.Caller].
func (s serviceReplay) Call(_ context.Context, r service.Request) ([]byte, error) {
	of := s.replayStore
	of.tenant = r.Tenant
	answer, err := of.ask("call", callArgs(r))
	if err != nil {
		return nil, err
	}
	return answer.Result.Value, answer.Error.err()
}

// failedMethod returns the error of a method as it travelled.
func (f *failure) failedMethod() error {
	err := &service.Failure{Code: codeOf(f.Code), Message: string(f.Message), Later: time.Duration(f.Method.Later)}
	for _, name := range f.Method.Names {
		err.Names = append(err.Names, string(name))
	}
	return err
}
