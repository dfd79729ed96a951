package bindings_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/kv"
	"github.com/instrumentgo/instrument/bindings/provider/mem"
)

// counted is memory that counts its connections.
type counted struct{ opened, closed atomic.Int32 }

func (c *counted) provider() *bindings.Provider {
	p := *mem.Provider
	p.Open = func(ctx context.Context, target bindings.Target) (bindings.Conn, error) {
		conn, err := mem.Provider.Open(ctx, target)
		c.opened.Add(1)
		return countedConn{conn.(kv.Opener), c}, err
	}
	return &p
}

type countedConn struct {
	kv.Opener
	c *counted
}

func (c countedConn) Close(ctx context.Context) error {
	c.c.closed.Add(1)
	return c.Opener.Close(ctx)
}

func anywhere(name string, kind bindings.Kind) (bindings.Binding, error) {
	if kind == bindings.SQL {
		return bindings.Binding{}, fmt.Errorf("there is no database for %s", name)
	}
	return bindings.Binding{URL: "mem:", Options: map[string]bindings.Value{"tenants": {Text: fmt.Sprint(name == "apart")}}}, nil
}

// Names that an environment does not list are opened when they are asked for, on one connection,
// which Close closes.
func TestOtherwise(t *testing.T) {
	var c counted
	p, err := bindings.Open(t.Context(), bindings.Environment{Namespace: "orders", Otherwise: anywhere}, c.provider())
	if err != nil {
		t.Fatal(err)
	}
	if n := c.opened.Load(); n != 0 {
		t.Errorf("%d connections are open before a name was asked for", n)
	}
	var group sync.WaitGroup
	for i := range 20 {
		group.Go(func() {
			if _, err := p.Lookup(fmt.Sprint("n", i%5), bindings.KV); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	one, _ := p.Lookup("n1", bindings.KV)
	again, _ := p.Lookup("n1", bindings.KV)
	if one != again {
		t.Error("a name must lead to one link")
	}
	if link, err := p.Lookup("apart", bindings.KV); err != nil || !link.PerTenant() || link.Name() != "apart" || link.Namespace() != "orders" {
		t.Errorf("apart: %v, %v", link, err)
	}
	if _, err := p.Lookup("db", bindings.SQL); err == nil || !strings.Contains(err.Error(), "open db: there is no database for db") {
		t.Errorf("db: %v", err)
	}
	if h := p.Health(t.Context()); len(h) != 6 {
		t.Errorf("health of %d bindings, want 6", len(h))
	}
	if err := p.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := p.Lookup("late", bindings.KV); !errors.Is(err, bindings.Unavailable) {
		t.Errorf("after Close: %v", err)
	}
	if opened, closed := c.opened.Load(), c.closed.Load(); opened != 1 || closed != 1 {
		t.Errorf("%d connections were opened and %d closed, want 1 and 1", opened, closed)
	}
}

// What the program is known to need is reported by Open, as for names that are listed.
func TestOtherwiseNeeds(t *testing.T) {
	env := bindings.Environment{Namespace: "orders", Otherwise: anywhere, Needs: []bindings.Need{
		{Name: "carts", Kind: bindings.KV}, {Name: "db", Kind: bindings.SQL, Position: "orders.go:3:4"}, {Name: "pay", Kind: bindings.Service}}}
	_, err := bindings.Open(t.Context(), env, mem.Provider)
	want := "orders.go:3:4: open db: there is no database for db\nopen pay: mem does not provide service, only blob, config, kv, lock, secret, topic, workflow"
	if err == nil || err.Error() != want {
		t.Errorf("open: %v\nwant: %s", err, want)
	}
}

// A binding that is opened late cannot wait for a secret.
func TestOtherwiseSecrets(t *testing.T) {
	env := bindings.Environment{Namespace: "orders", Otherwise: func(string, bindings.Kind) (bindings.Binding, error) {
		return bindings.Binding{URL: "mem:", Options: map[string]bindings.Value{"value": {Secret: "key"}}}, nil
	}}
	p, err := bindings.Open(t.Context(), env, mem.Provider)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close(t.Context())
	if _, err := p.Lookup("carts", bindings.KV); err == nil || !strings.Contains(err.Error(), "must not refer to a secret, as to key") {
		t.Errorf("lookup: %v", err)
	}
}

// A policy that cannot be kept is no more ignored where a name is not listed than where it is.
func TestOtherwisePolicies(t *testing.T) {
	p, err := bindings.Open(t.Context(), bindings.Environment{Namespace: "orders", Otherwise: func(string, bindings.Kind) (bindings.Binding, error) {
		return bindings.Binding{URL: "mem:", Policy: []bindings.PolicyAspect{{Name: "retrry"}}}, nil
	}}, mem.Provider)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close(t.Context())
	if _, err := kv.Open[string, string](t.Context(), p, "carts"); err == nil || !strings.Contains(err.Error(), `did you mean "retry"`) {
		t.Errorf("open: %v", err)
	}
}
