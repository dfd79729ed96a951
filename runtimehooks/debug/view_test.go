package debug

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/instrumentgo/instrument/runtimehooks"
)

// Numbers that a person compares must not mislead by rounding.
func TestNumbers(t *testing.T) {
	for got, want := range map[string]string{
		count(0): "0", count(999): "999", count(1000): "1 000", count(-1234567): "-1 234 567",
		percent(0, 0): "0 %", percent(1, 100_000): "<0.1 %", percent(999_999, 1_000_000): "99 %", percent(7, 7): "100 %", percent(25, 1000): "2.5 %",
		span(0).String(): "–", span(1).String(): "0.001 µs", span(1234567).String(): "1.23 ms", span(999_600).String(): "1 ms",
		span(999_999_999).String(): "1 s", span(12345 * time.Second).String(): "12300 s",
		packageOf("example.com/a.b/shop.(*T[...]).M"): "example.com/a.b/shop", packageOf("main.F[example.com/x.T]"): "main", packageOf("x"): "",
		packageOf("example.com/shop/web.routes handler GET /v1.0/orders"): "example.com/shop/web", packageOf("main.F[...] handler /a[b].c"): "main",
		cut("äöü", 3): "äöü", cut("äöü", 2): "äö…",
		rate(runtimehooks.LimitStatus{Rate: 20, Per: 10 * time.Second}): "20 per 10 s", rate(runtimehooks.LimitStatus{Rate: 5, Per: time.Minute}): "5/min",
	} {
		if got = strings.ReplaceAll(got, thinSpace, " "); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// A breaker's chart is as wide as its window, never wider than the page, and loses no failure where
// it is condensed.
func TestWindow(t *testing.T) {
	classes := func(c *chart) string {
		var letters strings.Builder
		for _, b := range c.Bars {
			if b.X+b.W > c.Width || b.Y < 0 || b.Y+b.H > c.Height {
				t.Errorf("bar %+v is outside of %d×%d", b, c.Width, c.Height)
			}
			letters.WriteByte(b.Class[0])
		}
		return letters.String()
	}
	if got := classes(drawWindow(windowOf("SFl"), 5)); got != "ofsee" {
		t.Errorf("three of five calls: %s", got)
	}
	if got := classes(drawWindow(nil, 0)); got != "" {
		t.Errorf("nothing: %s", got)
	}
	parts := []runtimehooks.Slice{{}, {Calls: 10, Failures: 4, Slow: 10}, {Calls: 5}}
	if got := classes(drawWindow(parts, 0)); got != "efso" {
		t.Errorf("parts of a period: %s", got)
	}
	long := drawWindow(windowOf(strings.Repeat("S", 99_999)+"F"), 100_000)
	if got := classes(long); !strings.Contains(got, "f") || long.Width > 360 {
		t.Errorf("100 000 calls: %d wide, %s", long.Width, got)
	}
	if long.Label != "100\u202f000 calls, 1 failed" {
		t.Errorf("100 000 calls: %s", long.Label)
	}
	if got := classes(drawRun(7, 5)); got != "fffff" {
		t.Errorf("more failures than it takes: %s", got)
	}
}

// What a closed breaker says about when it opens is what its options say, in each combination.
func TestWhenItOpens(t *testing.T) {
	for options, want := range map[string]string{
		"failures=5": "2 failures in a row; opens at 5",
		"failures=5 slow=2s slowrate=0.5 window=20": "3 calls, 1 failed, 1 slow; opens at 5 failed in a row or 50 % slower than 2s",
		"slow=2s slowrate=1 window=20":              "3 calls, 1 failed, 1 slow; opens at 100 % slower than 2s",
		"failures=5 rate=0.125 window=30s":          "3 calls, 1 failed, 1 slow; opens at 12.5 % failed",
	} {
		m := map[string]string{}
		for o := range strings.FieldsSeq(options) {
			name, value, _ := strings.Cut(o, "=")
			m[name] = value
		}
		_, got := closedBreaker(runtimehooks.BreakerStatus{Failures: 2, Window: windowOf("SFl")}, m)
		if got = strings.ReplaceAll(got, thinSpace, " "); got != want {
			t.Errorf("%s: %q, want %q", options, got, want)
		}
	}
}

// Of a breaker with thousands of keys the page shows those that matter, and says that there are
// more.
func TestManyKeys(t *testing.T) {
	s := runtimehooks.SiteState{Function: "a.F", Name: "a.F"}
	for i := range 1000 {
		s.Breakers = append(s.Breakers, runtimehooks.BreakerStatus{Name: "a.F", Key: fmt.Sprint("k", i), Failures: i % 2})
	}
	s.Breakers[900].State = runtimehooks.BreakerOpen
	s.Breakers[950].Forced = true
	r := viewer{}.row(&s)
	if len(r.Breakers) != mostStates || r.MoreBreakers != 1000-mostStates || r.Breakers[0].Key != "k950" || r.Breakers[1].Key != "k900" || r.Breakers[2].Key != "k1" {
		t.Errorf("%d shown, %d more, first %+v", len(r.Breakers), r.MoreBreakers, r.Breakers[:3])
	}
	if !slices.Equal(r.Marks, []mark{{"ok", "forced closed"}, {"failed", "open"}}) {
		t.Errorf("marks: %v", r.Marks)
	}
}

// Functions of one name, as there may be several init functions in a package, are different
// elements.
func TestIDs(t *testing.T) {
	rows := viewer{}.rows([]runtimehooks.SiteState{{Function: "a.init.0"}, {Function: "a.F"}, {Function: "a.F"}})
	if rows[0].ID == rows[1].ID || rows[1].ID == rows[2].ID || rows[1].ID != siteID("a.F") {
		t.Errorf("%s %s %s", rows[0].ID, rows[1].ID, rows[2].ID)
	}
	if rows[1].Name != "F" {
		t.Errorf("a site without a name is called %s", rows[1].Name)
	}
}
