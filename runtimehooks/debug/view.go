package debug

import (
	"hash/fnv"
	"strconv"
	"strings"

	"github.com/instrumentgo/instrument/runtimehooks"
)

// row is what the page shows of a site. What is equal to a person is equal, so that only changes
// are sent.
type row struct {
	ID, Function, Name, Package string
	Stacks                      string
	Control, Open               bool
	Marks                       []mark // what is out of the ordinary

	Calls, Errors, Share, Running string
	Failing, Busy                 bool
	P50, P90, P99, Max            quantity
	Strip                         *strip

	Aspects  []aspectRow
	Breakers []breakerRow
	Limits   []limitRow
	Bulkhead *bulkheadRow
	Failures []failureRow

	MoreBreakers, MoreLimits int

	Whole string // link to all of it, where this is but its numbers
}

// brief returns the row's numbers, with a link to the rest.
func (r row) brief() row {
	r.Whole = query{Text: r.Function, Open: r.Function, Sort: "function"}.url()
	r.Aspects, r.Breakers, r.Limits, r.Bulkhead, r.Failures, r.MoreBreakers, r.MoreLimits = nil, nil, nil, nil, nil, 0, 0
	return r
}

// mark is a short remark at a site's name.
type mark struct{ Class, Text string }

type aspectRow struct {
	Name     string
	Enabled  bool
	Switched bool   // by this page
	By       string // what else has switched it
	Required string // why it cannot be switched off
	Options  []optionRow
}

type optionRow struct{ Name, Value, By string }

// mostStates is how many breakers, or limiters, of one site the page shows. The JSON has all.
const mostStates = 10

// viewer makes rows.
type viewer struct {
	control  bool
	page     map[string]runtimehooks.AspectOverrides // the sites of the page's own layer
	required map[string]string                       // by aspect
	open     string
	marks    *masks // nil where the keys that it gets are marks already
}

func (h *handler) viewer(q query) viewer {
	v := viewer{control: h.control, page: h.source.Layers()[layer].Sites, required: map[string]string{}, open: q.Open}
	if h.reveals {
		v.marks = h.masks
	}
	for _, a := range runtimehooks.Overridable() {
		v.required[a.Name] = a.Required
	}
	return v
}

// rows returns the rows of the sites, in their order, each with an ID of its own.
func (v viewer) rows(sites []runtimehooks.SiteState) []row {
	seen := map[string]int{}
	return each(sites, func(s runtimehooks.SiteState) row {
		r := v.row(&s)
		if seen[r.ID]++; seen[r.ID] > 1 { // two functions with one name, as init functions can be
			r.ID += "-" + strconv.Itoa(seen[r.ID])
		}
		return r
	})
}

// siteID is the ID of a function's element.
func siteID(function string) string {
	h := fnv.New64a()
	h.Write([]byte(function))
	return "site-" + strconv.FormatUint(h.Sum64(), 36)
}

func (v viewer) row(s *runtimehooks.SiteState) row {
	r := row{
		ID: siteID(s.Function), Function: s.Function, Name: s.Name, Package: packageOf(s.Function),
		Stacks: strings.Join(s.Stacks, ", "), Control: v.control, Open: v.open == s.Function,
		Calls: count(s.Calls), Errors: count(s.Failures), Running: count(s.Running),
		Failing: s.Failures > 0, Busy: s.Running > 0,
		P50: span(s.Latency.P50), P90: span(s.Latency.P90), P99: span(s.Latency.P99), Max: span(s.Latency.Max),
		Strip: drawLatency(s.Latency),
	}
	if r.Name == "" {
		r.Name = strings.TrimPrefix(s.Function, r.Package+".")
	}
	if s.Failures > 0 {
		r.Share = percent(s.Failures, s.Calls)
	}
	r.Aspects = each(s.Aspects, func(a runtimehooks.AspectState) aspectRow { return v.aspect(s.Function, a) })
	breakers := worst(s.Breakers)
	r.Breakers, r.MoreBreakers = first(each(breakers, func(b runtimehooks.BreakerStatus) breakerRow { return v.breaker(s, b) }))
	r.Limits, r.MoreLimits = first(each(s.Limits, func(l runtimehooks.LimitStatus) limitRow { return limitRowOf(s.Function, l) }))
	if s.Bulkhead != nil {
		r.Bulkhead = bulkheadRowOf(s.Function, *s.Bulkhead)
	}
	r.Failures = each(s.Errors, failureRowOf)
	r.Marks = marks(s)
	return r
}

func first[T any](list []T) (shown []T, more int) {
	n := min(len(list), mostStates)
	return list[:n], len(list) - n
}

// marks are what an operator would want to see without opening the site.
func marks(s *runtimehooks.SiteState) []mark {
	var list []mark
	var open, half, forced int
	for _, b := range s.Breakers {
		switch {
		case b.Forced:
			forced++
		case b.State == runtimehooks.BreakerOpen:
			open++
		case b.State == runtimehooks.BreakerHalfOpen:
			half++
		}
		if b.Forced && forced == 1 {
			list = append(list, mark{stateClass(b), "forced " + b.State.String()})
		}
	}
	if open > 0 {
		list = append(list, mark{"failed", numbered("open", open)})
	}
	if half > 0 {
		list = append(list, mark{"slow", numbered("half-open", half)})
	}
	if b := s.Bulkhead; b != nil && b.Max > 0 && b.Running >= b.Max {
		list = append(list, mark{"slow", "full"})
	}
	overridden := 0
	for _, a := range s.Aspects {
		if !a.Enabled {
			list = append(list, mark{"changed", a.Name + " off"})
			continue
		}
		for _, o := range a.Options {
			if o.From != "" {
				overridden++
			}
		}
	}
	if overridden > 0 {
		list = append(list, mark{"changed", plural(int64(overridden), "override")})
	}
	return list
}

func numbered(text string, n int) string {
	if n == 1 {
		return text
	}
	return strconv.Itoa(n) + " " + text
}

func (v viewer) aspect(function string, a runtimehooks.AspectState) aspectRow {
	_, switched := v.page[function][a.Name]["enabled"]
	r := aspectRow{Name: a.Name, Enabled: a.Enabled, Switched: switched, Required: v.required[a.Name]}
	for _, o := range a.Options {
		switch {
		case o.Name != "enabled":
			r.Options = append(r.Options, optionRow{o.Name, o.Value, reach(o.From)})
		case !switched:
			r.By = reach(o.From)
		}
	}
	return r
}
