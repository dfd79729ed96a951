package fake_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/fake"
	"github.com/instrumentgo/instrument/bindings/kv"
	"github.com/instrumentgo/instrument/bindings/secret"
	"github.com/instrumentgo/instrument/bindings/topic"
)

// Order is what a customer wants.
type Order struct {
	ID    string
	Cents int
}

// Orders is a service, and BindOrders what is generated for it.
type Orders struct {
	Open   kv.Of[string, Order]
	Placed topic.Of[Order]
	Key    secret.Secret
}

// Place keeps an order and tells of it.
func (o *Orders) Place(ctx context.Context, order Order) error {
	if _, err := o.Open.Set(ctx, order.ID, order); err != nil {
		return err
	}
	return o.Placed.Publish(ctx, order)
}

// OnPaid closes an order.
func (o *Orders) OnPaid(ctx context.Context, id string) error { return o.Open.Delete(ctx, id) }

func BindOrders(ctx context.Context, p *bindings.Platform) (o *Orders, err error) {
	o = &Orders{}
	if o.Open, err = kv.Open[string, Order](ctx, p, "open"); err != nil {
		return nil, err
	}
	if o.Placed, err = topic.Open[Order](ctx, p, "placed"); err != nil {
		return nil, err
	}
	if o.Key, err = secret.Get(ctx, p, "pay-key"); err != nil {
		return nil, err
	}
	return o, topic.Handle(ctx, p, "paid", "orders.on-paid", o.OnPaid)
}

// exampleT stands for the test's *testing.T, which an example does not have.
type exampleT struct {
	testing.TB
	cleanups []func()
}

func (t *exampleT) Helper()                      {}
func (t *exampleT) Context() context.Context     { return context.Background() }
func (t *exampleT) Cleanup(f func())             { t.cleanups = append(t.cleanups, f) }
func (t *exampleT) Errorf(text string, a ...any) { fmt.Printf(text+"\n", a...) }
func (t *exampleT) Fatal(a ...any)               { panic(fmt.Sprint(a...)) }
func (t *exampleT) Fatalf(text string, a ...any) { panic(fmt.Sprintf(text, a...)) }

func (t *exampleT) end() {
	for _, f := range t.cleanups {
		f()
	}
}

// The test of a service: what it publishes, and what it does when it is told something.
func ExamplePlatform() {
	t := &exampleT{}
	defer t.end()

	p := fake.Platform(t, fake.Secret("pay-key", "sk_test"), fake.KV("open", map[string]Order{"o1": {"o1", 1200}}))
	orders, err := BindOrders(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Println("place:", orders.Place(t.Context(), Order{"o2", 300}))
	fmt.Println("placed:", fake.Published[Order](t, p, "placed"))

	fake.Publish(t, p, "paid", "o1")
	fake.Settle(t, p)
	_, err = orders.Open.Get(t.Context(), "o1")
	fmt.Println("after it was paid:", err)
	// Output:
	// place: <nil>
	// placed: [{o2 300}]
	// after it was paid: get open: not found
}

// A single store, without a platform that the test would have to name.
func ExampleNewKV() {
	t := &exampleT{}
	defer t.end()

	orders := &Orders{Open: fake.NewKV[string, Order](t), Placed: fake.NewTopic[Order](t), Key: fake.NewSecret("sk_test")}
	fmt.Println(orders.Place(t.Context(), Order{"o1", 1200}))
	fmt.Println(orders.Open.Get(t.Context(), "o1"))
	// Output:
	// <nil>
	// {o1 1200} <nil>
}
