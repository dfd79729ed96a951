package fake

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/provider/mem"
	"github.com/instrumentgo/instrument/bindings/topic"
)

// Publish publishes messages to a topic, as another service would.
func Publish[T any](t testing.TB, p *bindings.Platform, name string, messages ...T) {
	t.Helper()
	o, err := topic.Open[T](t.Context(), p, name)
	for _, m := range messages {
		if err == nil {
			err = o.Publish(t.Context(), m)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
}

// Published returns what was published to a topic so far, in order, decoded by the default codec:
// for a binding that keeps tenants apart, to that tenant's. The test fails if something cannot be
// decoded.
func Published[T any](t testing.TB, p *bindings.Platform, name string, tenant ...string) []T {
	t.Helper()
	var values []T
	for _, m := range Messages(t, p, name, tenant...) {
		var value T
		if err := bindings.CodecOf[T]().Unmarshal(m.Data, &value); err != nil {
			t.Fatalf("published to %s: decode %q: %v", name, m.Data, err)
		}
		values = append(values, value)
	}
	return values
}

// Messages returns what was published to a topic so far, in order, with its ID, its ordering key,
// and its bytes: for a binding that keeps tenants apart, to that tenant's.
func Messages(t testing.TB, p *bindings.Platform, name string, tenant ...string) []topic.Message {
	t.Helper()
	link, err := p.Lookup(name, bindings.Topic)
	if err != nil {
		t.Fatal(err)
	}
	memory, ok := mem.Of(link.Conn())
	if !ok {
		t.Fatalf("published to %s: its messages are not in memory, but with %s", name, link.Provider().Name)
	}
	space := bindings.Space{Namespace: link.Namespace(), Binding: name}
	if len(tenant) > 0 {
		space.Tenant = tenant[0]
	}
	messages := memory.Published(space)
	if others := tenantsOf(memory, space); len(messages) == 0 && len(tenant) == 0 && len(others) > 0 {
		t.Fatalf("published to %s: the data are apart by tenant: ask for one of %s", name, strings.Join(others, ", "))
	}
	return messages
}

// tenantsOf returns the tenants whose messages a topic has.
func tenantsOf(memory *mem.Memory, of bindings.Space) (tenants []string) {
	for _, space := range memory.Topics() {
		if space.Tenant != "" && space.Namespace == of.Namespace && space.Binding == of.Binding {
			tenants = append(tenants, space.Tenant)
		}
	}
	return slices.Compact(tenants)
}

// settleTime is how long Settle waits.
const settleTime = 10 * time.Second

// Settle waits until no subscription of the platform has anything left to do: each message is done
// or among the dead letters, and so is what handlers have published meanwhile. It does not wait for
// delays of publishers. The test fails if that takes more than 10 seconds, as it does where a
// handler fails often; in a bubble of testing/synctest, [SettleWithin] costs no time.
func Settle(t testing.TB, p *bindings.Platform) {
	t.Helper()
	SettleWithin(t, p, settleTime)
}

// SettleWithin is [Settle] with a limit of its own.
func SettleWithin(t testing.TB, p *bindings.Platform, limit time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeoutCause(t.Context(), limit, errUnsettled)
	defer cancel()
	if err := memoryOf(t, p).Settle(ctx); err != nil {
		t.Fatalf("settle: after %v: %v", limit, err)
	}
}

var errUnsettled = errors.New("subscriptions still have something to do")

// anyName is a name that no environment lists, which a fake platform leads to its memory.
const anyName = "fake/any"

// memoryOf returns the memory of a fake platform.
func memoryOf(t testing.TB, p *bindings.Platform) *mem.Memory {
	t.Helper()
	link, err := p.Lookup(anyName, bindings.KV)
	if err == nil {
		if memory, ok := mem.Of(link.Conn()); ok {
			return memory
		}
		err = fmt.Errorf("it is of %s", link.Provider().Name)
	}
	t.Fatalf("the platform must come from fake.Platform: %v", err)
	return nil
}

// SetSecret changes a secret, and notifies those who watch it; for a binding that keeps tenants
// apart, that tenant's.
func SetSecret(t testing.TB, p *bindings.Platform, name, text string, tenant ...string) {
	t.Helper()
	set(t, p, name, bindings.Secret, text, tenant)
}

// SetConfig changes a configuration, and notifies those who watch it; for a binding that keeps
// tenants apart, that tenant's. The value is written as [Config] does.
func SetConfig(t testing.TB, p *bindings.Platform, name string, value any, tenant ...string) {
	t.Helper()
	text, err := encode(value)
	if err != nil {
		t.Fatalf("encode config %s: %v", name, err)
	}
	set(t, p, name, bindings.Config, text, tenant)
}

func set(t testing.TB, p *bindings.Platform, name string, kind bindings.Kind, text string, tenant []string) {
	t.Helper()
	link, err := p.Lookup(name, kind)
	if err != nil {
		t.Fatal(err)
	}
	memory, ok := mem.Of(link.Conn())
	switch {
	case !ok:
		t.Fatalf("set %s: it is not in memory, but with %s", name, link.Provider().Name)
	case link.PerTenant() && len(tenant) == 0:
		t.Fatalf("set %s: the data are apart by tenant: say whose it is", name)
	}
	space := bindings.Space{Namespace: link.Namespace(), Binding: name}
	if len(tenant) > 0 {
		space.Tenant = tenant[0]
	}
	memory.Set(space, text)
}
