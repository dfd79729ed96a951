package runtimehooks

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// A site that a file makes has the file's options, judged as overrides are; what is wrong changes
// nothing.
func TestSetOptions(t *testing.T) {
	built := &Retry{Attempts: 3}
	s := &Site{Function: "bindings.carts", Aspects: Aspects{Retry: built, Breaker: &Breaker{}, Limit: &Limit{}}}
	err := s.SetOptions(AspectOverrides{"retry": {"attempts": "5", "initial": "20ms", "max": "1s"}, "breaker": {"rate": "0.5"}, "limit": {"rate": "10/m"}})
	if err != nil {
		t.Fatal(err)
	}
	if r := s.Retry; r.Attempts != 5 || r.Initial != 20*time.Millisecond || built.Attempts != 3 {
		t.Errorf("retry is %+v, and was %+v", r, built)
	}
	if s.Breaker.Rate != 0.5 || s.Breaker.Window != 20 || s.Limit.Rate != 10 || s.Limit.Burst != 10 || s.Limit.Per != time.Minute {
		t.Errorf("breaker is %+v, limit %+v", s.Breaker, s.Limit)
	}
	for text, o := range map[string]AspectOverrides{
		"sites / bindings.carts / retry / attempts: attempts of retry must be a whole number, not \"x\"":                             {"retry": {"attempts": "x"}},
		"sites / bindings.carts / timeout: timeout must be an aspect that the site was built with (it has limit, retry and breaker)": {"timeout": {"after": "1s"}},
		"sites / bindings.carts / retry / initial: initial of retry must be at most its max of 1s, not 2s: it is the longest pause (change one)": {
			"retry": {"attempts": "7", "initial": "2s"}},
	} {
		err := s.SetOptions(o)
		if errs, ok := errors.AsType[OverrideErrors](err); !ok || errs.Error() != text || s.Retry.Attempts != 5 {
			t.Errorf("error is %v, want %s; attempts are %d", err, text, s.Retry.Attempts)
		}
	}
}

// onceCall is the attempt shape of a call whose body must not run twice.
func onceCall(s *Site, body func() error) (err error) {
	call := s.Call()
	call.EnterRoot()
	defer call.Exit(&err)
	call.Once()
	for call.Next(&err) {
		err = body()
	}
	return
}

// A body that must run once is not called again, be it failed, cut short or late; what the bulkhead
// refused is tried again.
func TestOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		retry := every()
		retry.Each = time.Second
		for _, body := range []func() error{
			func() error { return errBusy },
			func() error { time.Sleep(2 * time.Second); return nil },
			func() error { time.Sleep(2 * time.Second); return errBusy },
		} {
			calls := 0
			if err := onceCall(&Site{Function: function, Aspects: Aspects{Retry: retry}}, func() error { calls++; return body() }); err == nil || calls != 1 {
				t.Errorf("error %v after %d calls", err, calls)
			}
		}
		s := &Site{Function: function, Aspects: Aspects{Retry: retry, Bulkhead: &Bulkhead{Max: 1}}}
		hold := make(chan struct{})
		go onceCall(s, func() error { <-hold; return nil })
		synctest.Wait()
		time.AfterFunc(50*time.Millisecond, func() { close(hold) })
		calls := 0
		if err := onceCall(s, func() error { calls++; return nil }); err != nil || calls != 1 {
			t.Errorf("refused at first: error %v after %d calls", err, calls)
		}
	})
}

// A site that is dropped is neither shown nor overridden, and its name is not one of those that a
// policy file may have.
func TestUnregister(t *testing.T) {
	s := &Site{Function: "bindings.dropped", Aspects: Aspects{Retry: every()}, Stacks: []string{BindingStack}}
	other := &Site{Function: "bindings.kept", Aspects: Aspects{Retry: every()}, Stacks: []string{BindingStack}}
	Register(s, other)
	defer Unregister(other)
	o := Overrides{Sites: map[string]AspectOverrides{"bindings.dropped": {"retry": {"attempts": "5"}}}}
	if err := Policies().Override(o); err != nil {
		t.Fatal(err)
	}
	Policies().Override(Overrides{})
	Unregister(s)
	for _, state := range Policies().Sites() {
		if state.Function == s.Function {
			t.Error("the site is still shown")
		}
	}
	if err := Policies().Override(o); err == nil {
		t.Error("a site that is gone must not be overridden")
	}
	_ = onceCall(s, func() error { return nil })
}

// A policy file may speak of bindings before a platform has opened them; once there are some, a
// name that is none of them is wrong.
func TestBindingsMayComeLater(t *testing.T) {
	woven := &Site{Function: function, Aspects: Aspects{Retry: every()}}
	Register(woven)
	defer Unregister(woven)
	defer Policies().Override(Overrides{})
	entry := map[string]AspectOverrides{"bindings.carts": {"retry": {"attempts": "5"}}}
	stack := map[string]AspectOverrides{BindingStack: {"retry": {"max": "2s"}}}
	if err := Policies().Override(Overrides{Sites: entry, Stacks: stack}); err != nil {
		t.Fatal(err)
	}
	carts := &Site{Function: "bindings.carts", Aspects: Aspects{Retry: every()}, Stacks: []string{BindingStack}}
	Register(carts)
	defer Unregister(carts)
	if r := carts.effective(overrides.Load()).Retry; r.Attempts != 5 || r.Max != 2*time.Second {
		t.Errorf("retry is %+v", r)
	}
	if err := Policies().Override(Overrides{Sites: map[string]AspectOverrides{"bindings.cart": entry["bindings.carts"]}}); err == nil {
		t.Error("there is no such binding")
	}
	if err := Policies().Override(Overrides{Sites: map[string]AspectOverrides{"bindngs.carts": entry["bindings.carts"]}}); err == nil {
		t.Error("there is no such site")
	}
}
