package debug

import (
	"bytes"
	"cmp"
	"html/template"
	"reflect"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/instrumentgo/instrument/internal/option"
	"github.com/instrumentgo/instrument/runtimehooks"
)

// A board is what a query shows: rendered once, however many look. As long as somebody follows it,
// it looks once a second at what has changed. Where nothing can have, it does not even do that: no
// call has begun, none runs, and nothing that it shows changes by time alone.
type board struct {
	handler *handler
	query   query

	mu       sync.Mutex // guards all below
	content  *content   // nil before the first look
	pulse    uint64     // before the content was made
	at       time.Time  // when it was
	rendered int        // how often, for tests
	watchers int
	unwatch  chan struct{} // closed when the last watcher has gone
	changed  chan struct{} // closed, and replaced, when there is other content
}

// content is what a board shows at a time. It does not change.
type content struct {
	page    page
	order   []string            // IDs of the rows
	rows    map[string]fragment // by ID
	summary string
	settled bool // only calls and operators change it
}

// fragment is a row with its text.
type fragment struct {
	row  row
	html string
}

const (
	pace  = time.Second            // between looks at what has changed
	fresh = 250 * time.Millisecond // as old may be what a page shows that nobody follows

	mostBoards = 16      // that nobody follows and are kept for the next who asks
	mostBytes  = 120_000 // of rows; those after it are shown without details
)

// boards are the boards of a handler by query.
type boards struct {
	mu   sync.Mutex
	list map[query]*board
}

func (h *handler) board(q query) *board {
	h.boards.mu.Lock()
	defer h.boards.mu.Unlock()
	b := h.boards.list[q]
	if b == nil {
		if len(h.boards.list) >= mostBoards {
			h.boards.drop()
		}
		b = &board{handler: h, query: q, changed: make(chan struct{})}
		h.boards.list[q] = b
	}
	return b
}

// drop forgets the boards that nobody follows. The lock is held.
func (l *boards) drop() {
	for q, b := range l.list {
		b.mu.Lock()
		if b.watchers == 0 {
			delete(l.list, q)
		}
		b.mu.Unlock()
	}
}

// expire has all boards look again before they show anything.
func (l *boards) expire() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, b := range l.list {
		b.mu.Lock()
		b.at = time.Time{}
		b.mu.Unlock()
	}
}

// look returns what the board shows, at most so old, and the channel that is closed when that has
// changed.
func (b *board) look(age time.Duration) (*content, <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.refresh(age)
	return b.content, b.changed
}

// refresh makes the content again if it is older, and can be other than it was. The lock is held.
func (b *board) refresh(age time.Duration) {
	now := time.Now()
	if b.content != nil && !b.at.IsZero() && now.Sub(b.at) < age {
		return
	}
	pulse := b.handler.source.Pulse()
	if b.content != nil && !b.at.IsZero() && b.content.settled && pulse == b.pulse {
		return
	}
	old := b.content
	b.content, b.pulse, b.at = b.handler.render(b.query, old), pulse, now
	b.rendered++
	if old != nil && !b.content.same(old) {
		close(b.changed)
		b.changed = make(chan struct{})
	}
}

// follow keeps the board up to date until stop is called.
func (b *board) follow() (stop func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.watchers++; b.watchers == 1 {
		b.unwatch = make(chan struct{})
		go b.watch(b.unwatch)
	}
	return func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		if b.watchers--; b.watchers == 0 {
			close(b.unwatch)
		}
	}
}

func (b *board) watch(stop <-chan struct{}) {
	ticker := time.NewTicker(pace)
	defer ticker.Stop()
	for {
		select {
		case <-stop:
			return
		case <-ticker.C:
			b.look(0)
		}
	}
}

// render makes the content of a query. Rows that are as they were keep their text.
func (h *handler) render(q query, old *content) *content {
	v := h.viewer(q)
	chosen := h.choose(q)
	states := each(chosen.shown, h.state)
	c := &content{rows: map[string]fragment{}, settled: chosen.sum.Running == 0 && chosen.sum.Open+chosen.sum.HalfOpen == 0}
	var list []template.HTML
	size := 0
	for i, r := range v.rows(states) {
		f := old.fragment(r)
		if size+len(f.html) > mostBytes && i > 0 {
			r = r.brief()
			f = old.fragment(r)
		}
		size += len(f.html)
		c.settled = c.settled && steady(&states[i])
		c.order, c.rows[r.ID] = append(c.order, r.ID), f
		list = append(list, template.HTML(f.html))
	}
	c.summary = text("summary", v.summary(chosen))
	c.page = page{
		Program: program(), Version: version, Query: q, Control: h.control, Reveals: h.reveals, Summary: template.HTML(c.summary),
		Rows: list, Total: chosen.all, JSON: jsonLink(q), Columns: columns(q), Pages: q.turn(chosen),
	}
	return c
}

// fragment returns a row with its text, which need not be made again where the row is as it was.
func (c *content) fragment(r row) fragment {
	if c != nil {
		if f, ok := c.rows[r.ID]; ok && reflect.DeepEqual(f.row, r) {
			return f
		}
	}
	return fragment{r, text("site", r)}
}

// same reports whether both show the same.
func (c *content) same(other *content) bool {
	if c.summary != other.summary || len(c.order) != len(other.order) || c.page.Pages != other.page.Pages {
		return false
	}
	for i, id := range c.order {
		if other.order[i] != id || other.rows[id].html != c.rows[id].html {
			return false
		}
	}
	return true
}

// steady reports whether a site stays as it is by time alone.
func steady(s *runtimehooks.SiteState) bool {
	for _, b := range s.Breakers {
		if b.State != runtimehooks.BreakerClosed && !b.Forced {
			return false
		}
	}
	for _, l := range s.Limits {
		if l.Tokens < float64(l.Burst) {
			return false
		}
	}
	return s.Running == 0 && !timed(s)
}

// timed reports whether a breaker is judged on a time that passes.
func timed(s *runtimehooks.SiteState) bool {
	if _, err := strconv.Atoi(cmp.Or(optionsOf(s, option.Breaker)["window"], "0")); err == nil {
		return false
	}
	return slices.ContainsFunc(s.Breakers, func(b runtimehooks.BreakerStatus) bool {
		return slices.ContainsFunc(b.Window, func(s runtimehooks.Slice) bool { return s.Calls > 0 })
	})
}

func text(template string, data any) string {
	var b bytes.Buffer
	if err := pages.ExecuteTemplate(&b, template, data); err != nil {
		return "" // the page could not have been shown either
	}
	return b.String()
}
