package debug

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"github.com/instrumentgo/instrument/runtimehooks"
)

// query is which sites are shown, and in which order.
type query struct {
	Text string // words that must all occur
	Sort string // key of orders
	Open string // the function whose details are shown at first
}

// orders are the ways to sort, the larger numbers first. What is equal is sorted by name, as the
// page shows it.
var orders = map[string]func(a, b *runtimehooks.SiteState) int{
	"function": func(a, b *runtimehooks.SiteState) int { return 0 },
	"calls":    func(a, b *runtimehooks.SiteState) int { return cmp.Compare(b.Calls, a.Calls) },
	"errors":   func(a, b *runtimehooks.SiteState) int { return cmp.Compare(b.Failures, a.Failures) },
	"latency":  func(a, b *runtimehooks.SiteState) int { return cmp.Compare(b.Latency.P99, a.Latency.P99) },
}

func readQuery(values url.Values) query {
	q := query{Text: strings.TrimSpace(values.Get("q")), Sort: values.Get("sort"), Open: values.Get("open")}
	if orders[q.Sort] == nil {
		q.Sort = "function"
	}
	return q
}

// link is the page with another order.
func (q query) link(order string) string { return query{Text: q.Text, Sort: order}.url() }

// url is the page relative to itself.
func (q query) url() string {
	values := url.Values{}
	for key, value := range map[string]string{"q": q.Text, "sort": q.Sort, "open": q.Open} {
		if value != "" && value != "function" {
			values.Set(key, value)
		}
	}
	if len(values) == 0 {
		return "./"
	}
	return "./?" + values.Encode()
}

// choose returns the sites that match, sorted.
func (q query) choose(sites []runtimehooks.SiteState) []runtimehooks.SiteState {
	words := strings.Fields(strings.ToLower(q.Text))
	chosen := slices.DeleteFunc(slices.Clone(sites), func(s runtimehooks.SiteState) bool {
		if len(words) == 0 {
			return false
		}
		text := searchable(&s)
		return slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(text, word) })
	})
	slices.SortStableFunc(chosen, func(a, b runtimehooks.SiteState) int {
		return cmp.Or(orders[q.Sort](&a, &b), cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), cmp.Compare(a.Function, b.Function))
	})
	return chosen
}

// searchable is what words are looked for in.
func searchable(s *runtimehooks.SiteState) string {
	parts := append([]string{s.Function, s.Name}, s.Stacks...)
	for _, a := range s.Aspects {
		parts = append(parts, a.Name)
		if !a.Enabled {
			parts = append(parts, a.Name+":off")
		}
	}
	if overridden(s) {
		parts = append(parts, "overridden")
	}
	for _, b := range s.Breakers {
		parts = append(parts, b.Name, b.Key, "breaker:"+b.State.String())
		if b.Forced {
			parts = append(parts, "breaker:forced")
		}
	}
	for _, l := range s.Limits {
		parts = append(parts, l.Name, l.Key)
	}
	if s.Bulkhead != nil {
		parts = append(parts, s.Bulkhead.Name)
	}
	for _, e := range s.Errors {
		parts = append(parts, e.Type, e.TraceID)
	}
	return strings.ToLower(strings.Join(parts, "\n"))
}

// overridden reports whether the site is not as it was built.
func overridden(s *runtimehooks.SiteState) bool {
	return slices.ContainsFunc(s.Aspects, func(a runtimehooks.AspectState) bool {
		return slices.ContainsFunc(a.Options, func(o runtimehooks.OptionState) bool { return o.From != "" })
	})
}
