package bindings

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// otherwise opens the bindings that an environment does not list, when they are first asked for:
// see Environment.Otherwise.
type otherwise struct {
	binding   func(name string, kind Kind) (Binding, error)
	namespace string
	schemes   map[string]*Provider

	mu    sync.Mutex // one is opened at a time
	conns map[string]*shared
}

// later returns how names that the environment does not list are opened, nil if they are not.
func later(env Environment, providers []*Provider) *otherwise {
	if env.Otherwise == nil {
		return nil
	}
	schemes := (&opening{}).schemes(providers) // what is wrong with them is reported already
	return &otherwise{binding: env.Otherwise, namespace: env.Namespace, schemes: schemes, conns: map[string]*shared{}}
}

// needed returns the bindings that the environment does not list and the program is known to need,
// so that Open reports what is wrong with them.
func (o *opening) needed(env Environment) (more []Binding) {
	if env.Otherwise == nil {
		return nil
	}
	listed := func(all []Binding, name string) bool {
		return slices.ContainsFunc(all, func(b Binding) bool { return b.Name == name })
	}
	for _, need := range env.Needs {
		if listed(env.Bindings, need.Name) || listed(more, need.Name) {
			continue
		}
		b, err := env.Otherwise(need.Name, need.Kind)
		if err != nil {
			o.problem(Binding{Name: need.Name, Position: need.Position}, err)
			continue
		}
		b.Name, b.Position = need.Name, need.Position
		more = append(more, b)
	}
	return more
}

// open returns the link of a binding that is not listed. It opens a connection unless another such
// binding has it already.
func (w *otherwise) open(p *Platform, name string, kind Kind) (*Link, error) {
	b, err := w.binding(name, kind)
	if err != nil {
		return nil, err
	}
	b.Name = name
	r, err := resolve(b, w.namespace, w.schemes)
	if err != nil {
		return nil, err
	}
	var checked opening
	if checked.checkPolicy(b); len(checked.problems) > 0 {
		return nil, checked.problems.err()
	}
	if secrets := r.secrets(); len(secrets) > 0 {
		return nil, fmt.Errorf("a binding that the environment does not list must not refer to a secret, as to %s", strings.Join(secrets, ", "))
	}
	target := r.target(nil)
	key := r.connection()
	if w.conns[key] == nil {
		s := &shared{provider: r.provider, target: target}
		ctx, cancel := context.WithTimeout(p.closing, openTimeout)
		defer cancel()
		if s.open(ctx); s.err != nil {
			if s.conn != nil {
				s.err = errors.Join(s.err, s.conn.Close(context.WithoutCancel(ctx)))
			}
			return nil, s.err
		}
		s.kept = &namedConn{name, s.conn}
		if err := p.keep(s.kept); err != nil {
			return nil, err
		}
		w.conns[key] = s
	}
	return &Link{resolved: r, open: w.conns[key].kept, platform: p, server: target.URL.Host}, nil
}

// keep lets Close close a connection, or closes it now if that has been.
func (p *Platform) keep(c *namedConn) error {
	p.mu.Lock()
	closed := p.closed
	if !closed {
		p.conns = append(p.conns, c)
	}
	p.mu.Unlock()
	if closed {
		return errors.Join(errClosed, c.conn.Close(context.Background()))
	}
	return nil
}

// link returns the link of a name, nil if there is none.
func (p *Platform) link(name string, kind Kind) (*Link, error) {
	if link := p.linked(name); link != nil || p.otherwise == nil {
		return link, nil
	}
	p.otherwise.mu.Lock()
	defer p.otherwise.mu.Unlock()
	if link := p.linked(name); link != nil { // meanwhile
		return link, nil
	}
	if p.closing.Err() != nil {
		return nil, Failed("open", name, errClosed)
	}
	link, err := p.otherwise.open(p, name, kind)
	if err != nil {
		return nil, &Error{Code: Code(err), Op: "open", Binding: name, Err: err}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.links[name] = link
	return link, nil
}

func (p *Platform) linked(name string) *Link {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.links[name]
}
