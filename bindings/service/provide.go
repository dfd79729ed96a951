package service

import (
	"context"
	"reflect"
	"sync"

	"github.com/instrumentgo/instrument/bindings"
)

// provided are the services that a process gives to its own bindings, by their logical names.
type provided struct {
	mu     sync.RWMutex
	byName map[string]any
}

func providedOf(p *bindings.Platform) *provided {
	return bindings.Part(p, func() *provided { return &provided{byName: map[string]any{}} })
}

// Provide makes impl what the platform's binding of that name means by local:. It may come before
// or after the binding is opened. The environment must have such a binding, which may lead
// elsewhere: then impl is not called through it, as where one program runs as a whole in
// development and as several in production. Providing a name twice is an error.
func Provide[S any](p *bindings.Platform, name string, impl S) error {
	if _, err := p.Lookup(name, bindings.Service); err != nil {
		return err
	}
	if v := reflect.ValueOf(impl); !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil() {
		return bindings.Failed("provide", name, bindings.Errorf(bindings.FailedPrecondition, "the service must not be nil"))
	}
	all := providedOf(p)
	all.mu.Lock()
	defer all.mu.Unlock()
	if _, twice := all.byName[name]; twice {
		return bindings.Failed("provide", name, bindings.Errorf(bindings.AlreadyExists, "it must be provided once"))
	}
	all.byName[name] = impl
	return nil
}

// Ref is a reference to the service that the process provides for a binding. It is looked up when
// it is called, so that it does not matter what is made first: the service, or those that use it.
type Ref[S any] struct {
	name string
	link *bindings.Link
	all  *provided
}

// newRef returns the reference of a binding, without which the platform does not start.
func newRef[S any](p *bindings.Platform, link *bindings.Link) *Ref[S] {
	r := &Ref[S]{name: link.Name(), link: link, all: providedOf(p)}
	p.CheckStart("service "+r.name, func(context.Context) error { _, err := r.get(); return err })
	return r
}

// Get returns the service for a call of a method. It is FailedPrecondition if nobody has provided
// it, or if the binding is scoped to tenants and ctx has none.
func (r *Ref[S]) Get(ctx context.Context, method string) (S, error) {
	s, err := r.get()
	if err == nil {
		_, err = r.link.Space(ctx, r.link.PerTenant())
	}
	if err != nil {
		var none S
		return none, bindings.Failed("call "+method+" of", r.name, err)
	}
	return s, nil
}

func (r *Ref[S]) get() (S, error) {
	r.all.mu.RLock()
	given, ok := r.all.byName[r.name]
	r.all.mu.RUnlock()
	s, fits := given.(S)
	t := reflect.TypeFor[S]()
	switch {
	case !ok:
		return s, bindings.Errorf(bindings.FailedPrecondition, "nobody provides it in this process: call %s, "+
			"or bind it to another process, such as http://host:8080", provideCall(t, r.name))
	case !fits:
		return s, bindings.Errorf(bindings.FailedPrecondition, "it must be provided as a %v, not as a %T: call %s", t, given,
			provideCall(t, r.name))
	}
	return s, nil
}

// provideCall is the call that provides a service of a type, as it is written.
func provideCall(t reflect.Type, name string) string {
	pkg, typ := "", t.String()
	for i := range typ {
		if typ[i] == '.' {
			pkg, typ = typ[:i+1], typ[i+1:]
			break
		}
	}
	return pkg + "Provide" + typ + `(platform, "` + name + `", …)`
}
