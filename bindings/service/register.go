package service

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/kv"
)

// Lease is how long an instance is registered after its last heartbeat, by default.
const Lease = 15 * time.Second

// shortestLease leaves time for heartbeats.
const shortestLease = time.Second

// How long an instance that has left the registry goes on, until clients have seen it: those that
// are told by the store, and those that look every second.
const (
	toldIn = 250 * time.Millisecond
	seenIn = 2 * time.Second
)

// RegisterOption is an option of [Register].
type RegisterOption func(*registration)

// LeaseOf sets how long the instance is registered after its last heartbeat. There are three in
// that time. It must be at least a second.
func LeaseOf(d time.Duration) RegisterOption { return func(r *registration) { r.lease = d } }

// InstanceID sets what the instance is called in the registry. The default is random. Two instances
// of one ID take each other's place.
func InstanceID(id string) RegisterOption { return func(r *registration) { r.id = id } }

// LeaveIn sets how long the instance goes on serving after it has left the registry, so that
// clients see that first. The default is a quarter of a second where the store tells of changes,
// else two seconds, which fits clients that look every second.
func LeaveIn(d time.Duration) RegisterOption { return func(r *registration) { r.leave = &d } }

// registration is one instance's entry.
type registration struct {
	all     instances
	service string
	id      string
	value   instance
	lease   time.Duration
	leave   *time.Duration // from when the entry is removed until it may close; nil for the default

	stop    context.CancelFunc
	stopped chan struct{}
}

// Register announces to the clients of a registry, which is a kv binding, that this process serves
// a service at an address: from when the platform starts until it begins to close. An entry that
// gets no heartbeat expires. A closing platform removes the entry first and goes on for a moment,
// so that no client calls an instance that has gone: see [LeaveIn].
//
// The address is the one that clients reach, as host:port or a URL. Clients that are services of
// their own see the entry only if their registry is in the same namespace: bind it with the option
// namespace on both sides.
//
// It fails if the store has no time to live, or if nobody else could use the address.
func Register(ctx context.Context, p *bindings.Platform, registry, service, address string, options ...RegisterOption) error {
	r := &registration{service: service, lease: Lease, id: strings.ToLower(rand.Text()), stopped: make(chan struct{})}
	for _, o := range options {
		o(r)
	}
	if err := r.open(ctx, p, registry, address); err != nil {
		return bindings.Failed("register "+service+" in", registry, err)
	}
	what := "registration of " + service + " in " + registry
	return p.OnStart(ctx, what, func(ctx context.Context) error {
		if err := r.beat(ctx); err != nil {
			return err
		}
		var beating context.Context
		beating, r.stop = context.WithCancel(context.WithoutCancel(ctx))
		go r.keep(beating)
		p.OnClose(bindings.StageConsume, what, r.end) // after all others were added, and so before them
		return nil
	})
}

// open checks what can be checked before the platform starts.
func (r *registration) open(ctx context.Context, p *bindings.Platform, registry, at string) error {
	if !strings.Contains(at, "://") {
		at = "http://" + at
	}
	a, err := parseAddress(at)
	if err != nil {
		return bindings.Errorf(bindings.FailedPrecondition, "%w", err)
	}
	if ip := net.ParseIP(a.host); ip != nil && ip.IsUnspecified() {
		return bindings.Errorf(bindings.FailedPrecondition, "the address must be one that clients reach, not %s", at)
	}
	switch {
	case r.service == "" || r.id == "":
		return bindings.Errorf(bindings.FailedPrecondition, "the service and its instance must have a name")
	case r.lease < shortestLease:
		return bindings.Errorf(bindings.FailedPrecondition, "the lease must be at least %v, not %v", shortestLease, r.lease)
	}
	r.value = instance{a.base}
	if r.all, _, err = openInstances(ctx, p, registry); err != nil {
		return err
	}
	abilities, err := r.all.Abilities(ctx)
	if r.leave == nil {
		leave := seenIn
		if abilities.Watch {
			leave = toldIn
		}
		r.leave = &leave
	}
	if err == nil && !abilities.TTL {
		err = bindings.Errorf(bindings.Unimplemented, "a registry must be a store with time to live, so that instances which died expire")
	}
	return err
}

func (r *registration) key() string { return prefix(r.service) + bindings.Escape(r.id) }

// beat writes the entry.
func (r *registration) beat(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, r.lease/3)
	defer cancel()
	_, err := r.all.Set(ctx, r.key(), r.value, kv.TTL(r.lease))
	return err
}

// keep writes the entry again and again.
func (r *registration) keep(ctx context.Context) {
	defer close(r.stopped)
	ticker := time.NewTicker(r.lease / 3)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			_ = r.beat(ctx) // the store may be away for as long as the lease; the next heartbeat brings the entry back
		}
	}
}

// end removes the entry, and waits until clients have seen that.
func (r *registration) end(ctx context.Context) error {
	r.stop()
	<-r.stopped
	if err := r.all.Delete(ctx, r.key()); err != nil {
		return fmt.Errorf("remove the entry, which expires within %v: %w", r.lease, err)
	}
	pause(ctx, *r.leave)
	return nil
}
