package debug

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/instrumentgo/instrument/runtimehooks"
)

// query is which sites are shown, and in which order.
type query struct {
	Text string // words that must all occur
	Sort string // key of orders
	Open string // the function whose details are shown at first
	Page int    // from 1
}

func readQuery(values url.Values) query {
	q := query{Text: strings.TrimSpace(values.Get("q")), Sort: values.Get("sort"), Open: values.Get("open")}
	if _, ok := orders[q.Sort]; !ok {
		q.Sort = "function"
	}
	page, _ := strconv.Atoi(values.Get("page"))
	q.Page = min(max(page, 1), 1_000_000)
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
	if q.Page > 1 {
		values.Set("page", strconv.Itoa(q.Page))
	}
	if len(values) == 0 {
		return "./"
	}
	return "./?" + values.Encode()
}

// whole is the query for all that match, on one page.
func (q query) whole() query {
	q.Page = 0
	return q
}

// turned is where a page stands among those of its query.
type turned struct {
	First, Last, Matched string
	Before, After        string // links; "" for none
}

// turn returns links to the pages around; the zero turned where there are none.
func (q query) turn(c chosen) turned {
	if c.matched <= pageSize {
		return turned{}
	}
	last := c.first + len(c.shown)
	t := turned{First: count(int64(c.first + 1)), Last: count(int64(last)), Matched: count(int64(c.matched))}
	at := c.first/pageSize + 1
	if q.Open = ""; at > 1 {
		q.Page = at - 1
		t.Before = q.url()
	}
	if last < c.matched {
		q.Page = at + 1
		t.After = q.url()
	}
	return t
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
