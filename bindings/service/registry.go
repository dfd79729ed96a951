package service

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/kv"
)

// instance is the entry of one process that serves.
type instance struct {
	Address string `json:"address"` // URL
}

// instances are the entries of a registry, by the name of the service and the instance's ID.
type instances = kv.Of[string, instance]

// openInstances opens the kv binding that is a registry.
func openInstances(ctx context.Context, p *bindings.Platform, name string) (instances, *bindings.Link, error) {
	link, err := p.Lookup(name, bindings.KV)
	if err != nil {
		return instances{}, nil, err
	}
	if link.PerTenant() {
		return instances{}, nil, bindings.Errorf(bindings.FailedPrecondition, "registry %s must not be scoped to tenants", name)
	}
	all, err := kv.Open[string, instance](ctx, p, name)
	return all, link, err
}

// prefix is what the keys of a service's instances begin with.
func prefix(service string) string { return bindings.Escape(service) + "/" }

// registry is a connection to the instances of one service.
type registry struct {
	*transport
	binding, service string
	poll             time.Duration
	mu               sync.Mutex
	finder           *finder // nil until a binding is opened
}

func openRegistry(target bindings.Target) (bindings.Conn, error) {
	service := strings.Trim(target.URL.Path, "/")
	if target.URL.Host == "" || service == "" {
		return nil, fmt.Errorf("parse url: it must be registry://binding/service, with the name of a kv binding and what the service is registered as")
	}
	t, err := newTransport(target)
	if err != nil {
		return nil, err
	}
	r := &registry{transport: t, binding: target.URL.Host, service: service}
	if r.poll, err = target.Duration("poll", time.Second); err != nil {
		return nil, err
	}
	if r.poll <= 0 {
		return nil, fmt.Errorf("parse option poll: it must be positive, not %v", r.poll)
	}
	return r, nil
}

// Ping implements [bindings.Conn]. It connects to an instance.
func (r *registry) Ping(ctx context.Context) error {
	r.mu.Lock()
	finder := r.finder
	r.mu.Unlock()
	if finder == nil {
		return nil
	}
	if len(*r.addresses.all.Load()) == 0 {
		return finder.nobody()
	}
	return r.ping(ctx)
}

// Close implements [bindings.Conn].
func (r *registry) Close(context.Context) error { r.close(); return nil }

// OpenService implements [Opener]. Bindings of the same URL share what is found.
func (r *registry) OpenService(ctx context.Context, p *bindings.Platform, _ *bindings.Link) (Caller, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.finder == nil {
		all, link, err := openInstances(ctx, p, r.binding)
		if err != nil {
			return nil, fmt.Errorf("open registry: %w", err)
		}
		f := &finder{all: all, link: link, service: r.service, poll: r.poll, transport: r.transport}
		if err := f.refresh(ctx); err != nil {
			return nil, fmt.Errorf("open registry: %w", err)
		}
		go f.run(link.Closing())
		r.finder = f
	}
	return r.finder, nil
}

// finder calls the instances of a service that a registry has.
type finder struct {
	*transport
	all     instances
	link    *bindings.Link // of the registry
	service string
	poll    time.Duration

	mu    sync.Mutex
	known map[string]string // addresses by key
	read  time.Time         // when all were read
}

// Call implements [Caller]. Where no instance is known, or none takes connections, it looks for
// others.
func (f *finder) Call(ctx context.Context, r Request) ([]byte, error) {
	results, sent, err := f.try(ctx, r)
	if err == nil || sent || ctx.Err() != nil {
		return results, err
	}
	if failed := f.lookAgain(ctx); failed != nil {
		return nil, fmt.Errorf("%w (look for other instances of %s: %w)", err, f.service, failed)
	}
	if len(*f.addresses.all.Load()) == 0 {
		return nil, f.nobody()
	}
	return f.transport.Call(ctx, r)
}

// nobody is the error of a call where no instance is registered.
func (f *finder) nobody() error {
	return bindings.Errorf(bindings.Unavailable, "no instance of %s is registered in %s, whose namespace is %s",
		f.service, f.link.Name(), f.link.Namespace())
}

// restless is how soon one look for all instances may follow another.
const restless = 100 * time.Millisecond

// refresh reads which instances there are, unless that was done just now.
func (f *finder) refresh(ctx context.Context) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if time.Since(f.read) < restless {
		return nil
	}
	var keys []string
	for key, err := range f.all.Keys(ctx, prefix(f.service)) {
		if err != nil {
			return err
		}
		keys = append(keys, key)
	}
	entries, err := f.all.GetMany(ctx, keys...)
	if err != nil {
		return err
	}
	f.known, f.read = map[string]string{}, time.Now()
	for _, e := range entries {
		f.known[e.Key] = e.Value.Address
	}
	f.update()
	return nil
}

// lookAgain is refresh for a call that has nobody to go to: where it is too soon for another look,
// the call waits for it, because an instance may have come since the last one.
func (f *finder) lookAgain(ctx context.Context) error {
	f.mu.Lock()
	wait := restless - time.Since(f.read)
	f.mu.Unlock()
	if wait > 0 {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
	}
	return f.refresh(ctx)
}

// update makes the known instances those that are called.
func (f *finder) update() {
	var fresh []*address
	for _, key := range slices.Sorted(maps.Keys(f.known)) {
		if a, err := parseAddress(f.known[key]); err == nil { // what somebody else wrote there is no instance
			fresh = append(fresh, a)
		}
	}
	f.addresses.replace(fresh)
}

// changed takes one change of the registry.
func (f *finder) changed(c kv.Change[string, instance]) {
	f.mu.Lock()
	defer f.mu.Unlock()
	was, is := f.known[c.Key], c.Value.Address
	if is == was {
		return // a heartbeat
	}
	if delete(f.known, c.Key); !c.Deleted {
		f.known[c.Key] = is
	}
	f.update()
}

// run keeps the instances up to date until the platform closes its stores: by watching the store
// where it can be watched, and else, or if that fails, by reading them every now and then. What is
// known stays in use while the store does not answer.
func (f *finder) run(closing context.Context) {
	abilities, _ := f.all.Abilities(closing)
	for closing.Err() == nil {
		if abilities.Watch {
			f.follow(closing)
		}
		select {
		case <-closing.Done():
			return
		case <-time.After(f.poll):
		}
		_ = f.refresh(closing)
	}
}

// follow takes changes until the watch fails. Now and then it reads all, so that a change which was
// never told does not stay unknown.
func (f *finder) follow(closing context.Context) {
	changes, err := f.all.Watch(closing, prefix(f.service), kv.FromNow())
	if err != nil {
		return
	}
	defer changes.Stop()
	for closing.Err() == nil {
		if f.refresh(closing) != nil {
			return
		}
		reading, cancel := context.WithTimeout(closing, Lease)
		for err == nil {
			var c kv.Change[string, instance]
			if c, err = changes.Next(reading); err == nil {
				f.changed(c)
			}
		}
		ended := reading.Err() == nil
		cancel()
		if ended { // the watch, not the time
			return
		}
		err = nil
	}
}
