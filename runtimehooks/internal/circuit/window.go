package circuit

import "time"

// Tally counts calls.
type Tally struct {
	Calls    int
	Failures int
	Slow     int
}

func (t *Tally) add(u Tally) {
	t.Calls, t.Failures, t.Slow = t.Calls+u.Calls, t.Failures+u.Failures, t.Slow+u.Slow
}
func (t *Tally) subtract(u Tally) {
	t.Calls, t.Failures, t.Slow = t.Calls-u.Calls, t.Failures-u.Failures, t.Slow-u.Slow
}

// exceeds reports whether failures or slow calls have reached the share at which c opens.
func (t Tally) exceeds(c *Config) bool {
	n := float64(t.Calls)
	return t.Calls > 0 && (c.Rate > 0 && float64(t.Failures)/n >= c.Rate || c.Slow > 0 && float64(t.Slow)/n >= c.SlowRate)
}

// one is the tally of one call.
func one(failed, slow bool) Tally {
	t := Tally{Calls: 1}
	if failed {
		t.Failures = 1
	}
	if slow {
		t.Slow = 1
	}
	return t
}

// window is what a breaker is judged on while it is closed.
type window interface {
	add(failed, slow bool, now time.Time)
	judged() (total Tally, enough bool) // whether there are enough calls to judge by, at the time of the latest add
	clear()
	list(now time.Time) []Tally // oldest first
}

// newWindow returns the window of an effective configuration; nil where it has none.
func newWindow(c Config) window {
	switch {
	case c.Period > 0:
		return &period{width: max(c.Period/buckets, 1), least: c.Min}
	case c.Window > 0:
		return &calls{marks: make([]mark, c.Window)}
	}
	return nil
}

// calls is a window of the last calls.
type calls struct {
	marks []mark // a ring
	next  int    // index of the oldest, once full
	total Tally
}

// mark is what is remembered of a call.
type mark uint8

const (
	markFailed mark = 1 << iota
	markSlow
)

func (m mark) tally() Tally { return one(m&markFailed != 0, m&markSlow != 0) }

func (w *calls) add(failed, slow bool, _ time.Time) {
	if w.full() {
		w.total.subtract(w.marks[w.next].tally())
	}
	var m mark
	if failed {
		m |= markFailed
	}
	if slow {
		m |= markSlow
	}
	w.marks[w.next] = m
	w.total.add(m.tally())
	if w.next++; w.next == len(w.marks) {
		w.next = 0
	}
}

func (w *calls) full() bool { return w.total.Calls == len(w.marks) }

func (w *calls) judged() (Tally, bool) { return w.total, w.full() }

func (w *calls) clear() { w.next, w.total = 0, Tally{} }

func (w *calls) list(time.Time) []Tally {
	list := make([]Tally, 0, w.total.Calls)
	oldest := w.next + len(w.marks) - w.total.Calls
	for i := range w.total.Calls {
		list = append(list, w.marks[(oldest+i)%len(w.marks)].tally())
	}
	return list
}

// buckets is how many a period is counted in. The window is between (buckets-1)/buckets of the
// period and the whole long, as the newest bucket is only begun.
const buckets = 20

// period is a window of time. A bucket keeps its calls until the ring comes round to it again.
type period struct {
	width  time.Duration // of a bucket
	least  int           // calls without which nothing is judged
	start  time.Time     // of bucket 0; set by the first call
	newest int64         // counts buckets from start; the ring's index modulo its length
	ring   [buckets]Tally
	total  Tally
}

func (w *period) add(failed, slow bool, now time.Time) {
	w.advance(now)
	t := one(failed, slow)
	w.ring[w.newest%buckets].add(t)
	w.total.add(t)
}

// advance empties the buckets that have gone out of the window. Calls read their clocks before they
// have the lock: one that comes with an earlier time than another counts into the newest bucket.
func (w *period) advance(now time.Time) {
	if w.start.IsZero() {
		w.start = now
	}
	to := int64(now.Sub(w.start) / w.width)
	if to-w.newest >= buckets {
		w.ring, w.total, w.newest = [buckets]Tally{}, Tally{}, to
		return
	}
	for w.newest < to {
		w.newest++
		oldest := &w.ring[w.newest%buckets]
		w.total.subtract(*oldest)
		*oldest = Tally{}
	}
}

func (w *period) judged() (Tally, bool) { return w.total, w.total.Calls >= w.least }

func (w *period) clear() {
	w.ring, w.total, w.start, w.newest = [buckets]Tally{}, Tally{}, time.Time{}, 0
}

func (w *period) list(now time.Time) []Tally {
	w.advance(now)
	list := make([]Tally, 0, buckets)
	for i := range int64(buckets) {
		list = append(list, w.ring[(w.newest+1+i)%buckets])
	}
	return list
}
