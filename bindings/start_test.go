package bindings_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/instrumentgo/instrument/bindings"
)

// What a service takes from others begins when the service is complete, in order, once.
func TestStart(t *testing.T) {
	p, err := bindings.Open(t.Context(), bindings.Environment{Namespace: "orders"})
	if err != nil {
		t.Fatal(err)
	}
	var began []string
	add := func(name string) {
		err := p.OnStart(t.Context(), name, func(context.Context) error { began = append(began, name); return nil })
		if err != nil {
			t.Error(err)
		}
	}
	add("a")
	add("b")
	if len(began) > 0 {
		t.Errorf("%v began before the platform started", began)
	}
	for range 2 {
		if err := p.Start(t.Context()); err != nil {
			t.Error(err)
		}
	}
	add("c") // comes late, begins at once
	if !slices.Equal(began, []string{"a", "b", "c"}) {
		t.Errorf("began: %v", began)
	}
	if err := p.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if err := p.OnStart(t.Context(), "d", nil); !errors.Is(err, bindings.Unavailable) {
		t.Errorf("after Close: %v", err)
	}
}

// A consumer that nobody starts would be a silent no-op.
func TestNeverStarted(t *testing.T) {
	p, err := bindings.Open(t.Context(), bindings.Environment{Namespace: "orders"})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.OnStart(t.Context(), "subscription of mail to paid", nil); err != nil {
		t.Fatal(err)
	}
	if err := p.Close(t.Context()); err == nil || !strings.Contains(err.Error(), "never began: subscription of mail to paid") {
		t.Errorf("close: %v", err)
	}
}

// A service does not run without what it takes from others.
func TestRunStarts(t *testing.T) {
	p, err := bindings.Open(t.Context(), bindings.Environment{Namespace: "orders"})
	if err != nil {
		t.Fatal(err)
	}
	failure := errors.New("no such group")
	if err := p.OnStart(t.Context(), "x", func(context.Context) error { return failure }); err != nil {
		t.Fatal(err)
	}
	ran := false
	err = bindings.Run(t.Context(), p, time.Second, func(context.Context) error { ran = true; return nil })
	if !errors.Is(err, failure) || ran {
		t.Errorf("run: %v, service ran: %t", err, ran)
	}
}

// A service does not begin anything where a condition does not hold, and reports all of them; one
// that is not started misses none.
func TestCheckStart(t *testing.T) {
	p, err := bindings.Open(t.Context(), bindings.Environment{Namespace: "orders"})
	if err != nil {
		t.Fatal(err)
	}
	holds, began := false, false
	condition := func(context.Context) error {
		if holds {
			return nil
		}
		return errors.New("not yet")
	}
	for _, name := range []string{"a", "b"} {
		p.CheckStart(name, condition)
	}
	if err := p.OnStart(t.Context(), "work", func(context.Context) error { began = true; return nil }); err != nil {
		t.Fatal(err)
	}
	if err := p.Start(t.Context()); err == nil || err.Error() != "start a: not yet\nstart b: not yet" || began || p.Running() == nil {
		t.Errorf("start: %v, work began: %t", err, began)
	}
	holds = true
	if err := p.Start(t.Context()); err != nil || !began || p.Running() != nil {
		t.Errorf("second start: %v, work began: %t, running: %v", err, began, p.Running())
	}
	holds = false
	p.CheckStart("late", condition)
	if err := p.Start(t.Context()); err != nil {
		t.Errorf("start of a started platform: %v", err)
	}
	if err := p.Close(t.Context()); err != nil {
		t.Error(err)
	}
	unstarted, err := bindings.Open(t.Context(), bindings.Environment{Namespace: "orders"})
	if err != nil {
		t.Fatal(err)
	}
	unstarted.CheckStart("a", condition)
	if err := unstarted.Close(t.Context()); err != nil {
		t.Errorf("close of a platform that was not started: %v", err)
	}
}
