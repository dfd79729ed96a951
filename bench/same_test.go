package bench

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
)

// seen is what one call does that somebody outside of it can tell. Texts and types of errors are
// left out.
type seen struct {
	result  int
	failed  bool
	calls   int           // of the body
	took    time.Duration // by the clock of the test
	span    span          // the only one that ended
	point   point         // the only one of the only histogram
	scope   string
	retries []int // retry.attempt of the span's events "retry"
}

type span struct {
	name, function string
	status         codes.Code
	typed          bool // has error.type
	kept           bool // has an event "exception"
}

type point struct {
	metric, function string
	count            uint64
	sum              float64 // seconds
	typed            bool
}

// observe calls a wrapped function once and returns what it does. between runs before the call and
// after the providers are installed.
func observe(t *testing.T, s *Stock, wrap Wrapping, pause time.Duration, between func(Function)) (seen, error) {
	t.Helper()
	got := record(t)
	f := wrap(s, pause)
	if between != nil {
		between(f)
	}
	skipSpans, skipped := len(got.spans.Ended()), got.points(t)
	calls, start := s.Calls, time.Now()

	result, err := f(context.Background(), 1)

	o := seen{result: result, failed: err != nil, calls: s.Calls - calls, took: time.Since(start)}
	ended := got.spans.Ended()[skipSpans:]
	if len(ended) != 1 {
		t.Fatalf("%d spans ended, want 1", len(ended))
	}
	o.scope = ended[0].InstrumentationScope().Name
	o.span = span{name: ended[0].Name(), status: ended[0].Status().Code}
	o.span.function, o.span.typed = named(ended[0].Attributes())
	for _, e := range ended[0].Events() {
		switch e.Name {
		case "exception":
			o.span.kept = true
		case "retry":
			attrs := attribute.NewSet(e.Attributes...)
			n, _ := attrs.Value("retry.attempt")
			o.retries = append(o.retries, int(n.AsInt64()))
		}
	}
	for metric, points := range got.points(t) {
		for _, p := range points {
			for _, old := range skipped[metric] {
				if old.Attributes.Equals(&p.Attributes) {
					p.Count, p.Sum = p.Count-old.Count, p.Sum-old.Sum
				}
			}
			if p.Count == 0 {
				continue
			}
			if o.point.count != 0 {
				t.Errorf("a second histogram point: %v", p)
			}
			o.point = point{metric: metric, count: p.Count, sum: p.Sum}
			o.point.function, o.point.typed = named(p.Attributes.ToSlice())
		}
	}
	return o, err
}

// named returns the attribute code.function.name, and whether there is an error.type.
func named(attrs []attribute.KeyValue) (function string, typed bool) {
	for _, kv := range attrs {
		switch kv.Key {
		case "code.function.name":
			function = kv.Value.AsString()
		case "error.type":
			typed = kv.Value.AsString() != ""
		}
	}
	return function, typed
}

// want returns what a call does that gets result, or fails for result 0.
func want(result, calls int, took time.Duration, retries ...int) seen {
	failed, status := result == 0, codes.Unset
	if failed {
		status = codes.Error
	}
	return seen{
		result: result, failed: failed, calls: calls, took: took, retries: retries,
		scope: "github.com/instrumentgo/instrument",
		span:  span{name: spanName, function: function, status: status, typed: failed, kept: failed},
		point: point{metric: "function.call.duration", function: function, count: 1, sum: took.Seconds(), typed: failed},
	}
}

func (o seen) equal(other seen) bool {
	same := slices.Equal(o.retries, other.retries)
	o.retries, other.retries = nil, nil
	return same && o.result == other.result && o.failed == other.failed && o.calls == other.calls && o.took == other.took &&
		o.span == other.span && o.point == other.point && o.scope == other.scope
}

// TestSame holds every contender to the same behaviour. Were one of them to do less, its benchmark
// would flatter it. Time is that of a synctest bubble: exact, and passed at once.
func TestSame(t *testing.T) {
	needOn(t)
	for _, c := range Contenders() {
		if c.Told != nil {
			check(t, c.Name+"/told/success", &Stock{}, c.Told, want(2, 1, 0))
			check(t, c.Name+"/told/failure", &Stock{Busy: 1}, c.Told, want(0, 1, 0))
		}
		if c.All != nil {
			same(t, c.Name+"/all", c, c.All)
		}
		same(t, c.Name+"/eight", c, c.Eight)
	}
}

// same checks one wrapping with policies.
func same(t *testing.T, name string, c Contender, wrap Wrapping) {
	check(t, name+"/success", &Stock{}, wrap, want(2, 1, 0))
	check(t, name+"/second attempt", &Stock{Busy: 1}, wrap, want(2, 2, 0, 2))
	check(t, name+"/every attempt fails", &Stock{Busy: 3}, wrap, want(0, 3, 0, 2, 3))
	check(t, name+"/deadline", &Stock{Hook: func(ctx context.Context) error {
		<-ctx.Done()
		return ctx.Err()
	}}, wrap, want(0, 1, deadline))
	panics := &Stock{Hook: func(context.Context) error { panic("out of stock") }}
	if c.Panics {
		t.Run(name+"/panic", func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("it has a recover after all: hold it to what the others do")
				}
			}()
			wrap(panics, 0)(context.Background(), 1)
		})
	} else {
		check(t, name+"/panic", panics, wrap, want(0, 1, 0))
	}
	t.Run(name+"/refusal", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := &Stock{}
			got, err := observe(t, s, wrap, 0, func(f Function) { open(f, s) })
			if w := want(0, 0, 0); !got.equal(w) {
				t.Errorf("got  %+v\nwant %+v", got, w)
			}
			if !errors.Is(err, c.Open) {
				t.Errorf("the error is %v, want %v", err, c.Open)
			}
		})
	})
	t.Run(name+"/pauses", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := &Stock{Busy: 2}
			got, _ := observe(t, s, wrap, 100*time.Millisecond, nil)
			least, most := 150*time.Millisecond, 450*time.Millisecond // 100±50 and 200±100 ms
			if got.took < least || got.took > most+time.Microsecond {
				t.Errorf("the call took %v, want %v to %v", got.took, least, most)
			}
		})
	})
}

// check fails the test of the given name if a call does anything else than want.
func check(t *testing.T, name string, s *Stock, wrap Wrapping, want seen) {
	t.Run(name, func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			if got, _ := observe(t, s, wrap, 0, nil); !got.equal(want) {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
		})
	})
}

// open has f fail until its breaker is open.
func open(f Function, s *Stock) {
	s.Busy = failures
	for calls := -1; calls != s.Calls; {
		calls = s.Calls
		f(context.Background(), 1)
	}
}
