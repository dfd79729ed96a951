package override

import (
	"fmt"
	"testing"
	"time"

	"github.com/instrumentgo/instrument/internal/option"
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
