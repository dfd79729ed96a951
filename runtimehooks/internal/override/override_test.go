package override

import (
	"fmt"
	"testing"
	"time"

	"github.com/instrumentgo/instrument/internal/option"
	"github.com/instrumentgo/instrument/runtimehooks/internal/process"
)

// set is the aspects of a test: what overrides need of them is in a table.
type set struct {
	Timeout *timeout
	Hedge   *hedge
}

type (
	timeout struct{ after time.Duration }
	hedge   struct {
		name string
		max  int
	}
)

var table = Table[set]{
	Of(option.Timeout, func(s *set) **timeout { return &s.Timeout }, At("after", func(t *timeout) *time.Duration { return &t.after })).Keep("it must end"),
	Of(option.Hedge, func(s *set) **hedge { return &s.Hedge }, At("max", func(h *hedge) *int { return &h.max })).
		Share(func(s *set) string { return s.Hedge.name }),
}

func subject(function, name string) Subject[set] {
	return Subject[set]{Function: function, Stacks: []string{"s" + function}, Advice: []string{"audit"}, Built: set{&timeout{time.Second}, &hedge{name, 2}}}
}

// What subjects share has the options of its name, or of a stack of any of them; what was built
// does not change.
func TestEffective(t *testing.T) {
	a, b := subject("a", "both"), subject("b", "both")
	l := Layer{
		Sites:  map[string]Entry{"a": {"timeout": {"after": "5s", "enabled": "false"}, "audit": {"enabled": "false"}}},
		Stacks: map[string]Entry{"sa": {"hedge": {"max": "3"}}},
	}
	subjects := []Subject[set]{a, b}
	if errs := table.Check(l, subjects, false); len(errs) != 1 || errs[0].Message != "timeout cannot be disabled: it must end" {
		t.Errorf("errors are %v", errs)
	}
	c := table.Compile(l, subjects)
	x, y := c.Effective(a), c.Effective(b)
	if x.Timeout.after != 5*time.Second || y.Timeout.after != time.Second || x.Hedge.max != 3 || y.Hedge.max != 3 || a.Built.Hedge.max != 2 {
		t.Errorf("a has %v %v, b %v %v", x.Timeout, x.Hedge, y.Timeout, y.Hedge)
	}
	if c.Advice(a, "audit") || !c.Advice(b, "audit") {
		t.Error("the advice of a alone must be disabled")
	}
	const want = "[{timeout true [{after 5s site}]} {hedge true [{name both } {max 3 stack sa}]} {audit false [{enabled false site}]}]"
	if got := fmt.Sprint(c.States(a)); got != want {
		t.Errorf("states are %s, want %s", got, want)
	}
}

// An option that is no field of the table is in the code, and what is wrong with one keeps all from
// being set.
func TestSet(t *testing.T) {
	s := subject("a", "")
	got, errs := table.Set(s, Entry{"timeout": {"after": "3s"}, "hedge": {"max": "4"}})
	if len(errs) != 0 || got.Timeout.after != 3*time.Second || got.Hedge.max != 4 || s.Built.Hedge.max != 2 {
		t.Errorf("set is %v %v, %v", got.Timeout, got.Hedge, errs)
	}
	_, errs = table.Set(s, Entry{"timeout": {"after": "3s"}, "hedge": {"budget": "0.5"}})
	if len(errs) != 1 || errs[0].Message != "budget of hedge cannot be overridden: it is part of the woven code" {
		t.Errorf("errors are %v", errs)
	}
}

// A function of package main goes by its import path as well, in every layer.
func TestMainPackage(t *testing.T) {
	defer process.SetMainPath("example.com/shop/cmd/server")()
	const short, long = "main.(*Server).Serve", "example.com/shop/cmd/server.(*Server).Serve"
	s := []Subject[set]{subject(short, ""), subject("example.com/shop/cmd/serverless.F", "")}
	file := Layer{Sites: map[string]Entry{long: {"timeout": {"after": "5s"}}, "example.com/shop/cmd/serverless.F": {"timeout": {"after": "7s"}}}}
	page := Layer{Sites: map[string]Entry{short: {"timeout": {"after": "6s"}}}}
	for _, l := range []Layer{file, page} {
		if errs := table.Check(l, s, false); len(errs) > 0 {
			t.Errorf("errors are %v", *errs[0])
		}
	}
	for _, c := range []struct {
		order []string
		want  time.Duration
	}{{[]string{"file", "page"}, 6 * time.Second}, {[]string{"page", "file"}, 5 * time.Second}} {
		all := table.Compile(Merge(map[string]Layer{"file": file, "page": page}, c.order), s)
		if got := all.Effective(s[0]).Timeout.after; got != c.want {
			t.Errorf("in the order %v the timeout is %v, want %v", c.order, got, c.want)
		}
		if got := all.Effective(s[1]).Timeout.after; got != 7*time.Second {
			t.Errorf("the function of another package has %v", got)
		}
	}
	both := Layer{Sites: map[string]Entry{long: {}, short: {}}}
	if errs := table.Check(both, s, false); len(errs) != 1 || errs[0].Message != "site must be named once" || errs[0].Path[1] != long {
		t.Errorf("errors are %v", errs)
	}
	unknown := Layer{Sites: map[string]Entry{"example.com/shop/cmd/server.(*Server).Serv": {}}}
	if errs := table.Check(unknown, s, false); len(errs) != 1 || errs[0].Hint != `did you mean "main.(*Server).Serve"?` {
		t.Errorf("errors are %v", errs)
	}
}
