package debug

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/instrumentgo/instrument/runtimehooks"
)

// site is one of what the page is about. All but State is cheap.
type site interface {
	Words() []string
	Glance(last runtimehooks.SiteGlance) (g runtimehooks.SiteGlance, fresh bool)
	P99() time.Duration
	Errors() []runtimehooks.ErrorRecord
	State() runtimehooks.SiteState
}

// entry is a site with what never changes of it.
type entry struct {
	site
	function, name string // name in small letters
	words          string // in small letters, one a line; "" until somebody looks for one

	glance runtimehooks.SiteGlance // the latest
	p99    time.Duration           // at that time; less than 0 if nobody has asked
}

// look takes a glance at the site.
func (e *entry) look() {
	if g, fresh := e.Glance(e.glance); fresh {
		e.glance, e.p99 = g, -1
	}
}

// slowest returns the site's 99th percentile.
func (e *entry) slowest() time.Duration {
	if e.p99 < 0 {
		e.p99 = e.P99()
	}
	return e.p99
}

// index has the entries as they are sorted by name. It is made again when sites come or go.
type index struct {
	of   []*runtimehooks.Site // what it was made of
	list []*entry
}

// sortEntries sorts entries as the page shows them.
func sortEntries(list []*entry) []*entry {
	slices.SortFunc(list, func(a, b *entry) int {
		return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.function, b.function))
	})
	return list
}

// entries returns the sites of the process. The lock is held.
func (x *index) entries(sites []*runtimehooks.Site) []*entry {
	same := len(sites) == len(x.of) && (len(sites) == 0 || &sites[0] == &x.of[0])
	if !same {
		x.of, x.list = sites, sortEntries(each(sites, func(s *runtimehooks.Site) *entry {
			return &entry{site: s, function: s.Function, name: strings.ToLower(s.Name)}
		}))
	}
	return x.list
}

// pageSize is how many sites are on a page.
const pageSize = 30

// chosen is what a query is about.
type chosen struct {
	shown   []*entry // of one page, in order
	first   int      // index of the first of them
	matched int
	all     int
	sum     runtimehooks.SiteGlance // of all that match
	changed int                     // how many of them are overridden
}

// orders are the ways to sort, the larger numbers first. What is equal is sorted by name, as the
// page shows it.
var orders = map[string]func(a, b *entry) int{
	"function": nil,
	"calls":    func(a, b *entry) int { return cmp.Compare(b.glance.Calls, a.glance.Calls) },
	"errors":   func(a, b *entry) int { return cmp.Compare(b.glance.Failures, a.glance.Failures) },
	"latency":  func(a, b *entry) int { return cmp.Compare(b.slowest(), a.slowest()) },
}

// choose returns the sites that match and are on the query's page, sorted.
func (h *handler) choose(q query) chosen {
	h.listing.Lock()
	defer h.listing.Unlock()
	list := h.source.List()
	words := strings.Fields(strings.ToLower(q.Text))
	c := chosen{all: len(list)}
	var matching []*entry
	for _, e := range list {
		if e.look(); h.matches(e, words) {
			c.add(&e.glance)
			matching = append(matching, e)
		}
	}
	if less := orders[q.Sort]; less != nil {
		slices.SortStableFunc(matching, less)
	}
	c.matched = len(matching)
	last := c.matched
	if q.Page > 0 {
		c.first = min((q.Page-1)*pageSize, max(c.matched-1, 0)/pageSize*pageSize)
		last = min(c.first+pageSize, c.matched)
	}
	c.shown = matching[c.first:last]
	return c
}

func (c *chosen) add(g *runtimehooks.SiteGlance) {
	c.sum.Calls, c.sum.Failures, c.sum.Running = c.sum.Calls+g.Calls, c.sum.Failures+g.Failures, c.sum.Running+g.Running
	c.sum.Open, c.sum.HalfOpen, c.sum.Forced = c.sum.Open+g.Open, c.sum.HalfOpen+g.HalfOpen, c.sum.Forced+g.Forced
	if g.Overridden {
		c.changed++
	}
}

// matches reports whether all words occur in what the site can be found by. It looks no further
// than it must.
func (h *handler) matches(l *entry, words []string) bool {
	if len(words) == 0 {
		return true
	}
	if l.words == "" {
		l.words = strings.ToLower(strings.Join(l.Words(), "\n"))
	}
	built := func(word string) bool { return strings.Contains(l.words, word) }
	if !slices.ContainsFunc(words, func(word string) bool { return !built(word) }) {
		return true
	}
	for _, word := range words {
		if !built(word) && !possible(word, &l.glance) {
			return false
		}
	}
	now := h.found(l)
	return !slices.ContainsFunc(words, func(word string) bool { return !built(word) && !strings.Contains(now, word) })
}

// possible reports whether a site can be found by a word that it was not built with.
func possible(word string, g *runtimehooks.SiteGlance) bool {
	switch word {
	case "breaker:open":
		return g.Open+g.Forced > 0
	case "breaker:half-open":
		return g.HalfOpen > 0
	case "breaker:forced":
		return g.Forced > 0
	case "overridden":
		return g.Overridden
	}
	return strings.HasPrefix("breaker:", word) || strings.HasPrefix(word, "breaker:") || g.Overridden || g.Keyed || g.Failures > 0
}

// found is what words are looked for in, beside those that the site was built with.
func (h *handler) found(l *entry) string {
	if g := l.glance; g.Open+g.HalfOpen+g.Forced > 0 || g.Overridden || g.Keyed || strings.Contains(l.words, "breaker") {
		s := h.state(l)
		return searchable(&s)
	}
	var parts []string
	for _, e := range l.Errors() {
		parts = append(parts, e.Type, e.TraceID)
	}
	return strings.ToLower(strings.Join(parts, "\n"))
}

// state returns what may be shown of a site.
func (h *handler) state(e *entry) runtimehooks.SiteState {
	s := e.State()
	h.mask(&s)
	return s
}
