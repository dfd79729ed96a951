package runtimehooks

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestDurations(t *testing.T) {
	got := record(t)
	synctest.Test(t, func(t *testing.T) {
		site := &Site{Function: function, Aspects: Aspects{Metrics: &Metrics{}}}
		prologue(t.Context(), site, func(context.Context) error { time.Sleep(300 * time.Millisecond); return nil })
		prologue(t.Context(), site, func(context.Context) error { time.Sleep(2 * time.Second); return &TimeoutError{} })
	})
	m, points := got.points(t)
	if m.Name != "function.call.duration" || m.Unit != "s" || m.Description == "" {
		t.Errorf("histogram is %q in %q: %q", m.Name, m.Unit, m.Description)
	}
	sums := map[string]float64{}
	for _, p := range points {
		sums[fmt.Sprint(text(p.Attributes.ToSlice()))] = p.Sum
		if diff := cmp.Diff([]float64{0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10}, p.Bounds); diff != "" {
			t.Error(diff)
		}
	}
	want := map[string]float64{
		"map[code.function.name:" + function + "]":                    0.3,
		"map[code.function.name:" + function + " error.type:timeout]": 2,
	}
	if diff := cmp.Diff(want, sums); diff != "" {
		t.Error(diff)
	}
}

// typed is an error with as many error types as there are numbers.
type typed int

func (k typed) Error() string     { return "kind" }
func (k typed) ErrorType() string { return fmt.Sprint("kind", int(k)) }

// The time of a panic in a later attempt is that of the whole call.
func TestDurationOfLaterPanic(t *testing.T) {
	got := record(t)
	synctest.Test(t, func(t *testing.T) {
		site := &Site{Function: function, Aspects: Aspects{Metrics: &Metrics{}, Recover: &Recover{}, Retry: &Retry{Attempts: 2}}}
		calls := 0
		attempts(t.Context(), site, func(context.Context) error {
			time.Sleep(time.Second)
			if calls++; calls == 2 {
				panic("second")
			}
			return errBusy
		})
	})
	if _, points := got.points(t); len(points) != 1 || points[0].Sum != 2 {
		t.Errorf("data points are %v, want one of 2s", points)
	}
}

func TestErrorTypesAreLimited(t *testing.T) {
	got := record(t)
	site := &Site{Function: function, Aspects: Aspects{Metrics: &Metrics{}}}
	for i := range 100 {
		prologue(t.Context(), site, func(context.Context) error { return typed(i) })
	}
	_, points := got.points(t)
	if len(points) != 33 {
		t.Errorf("%d data points, want 32 error types and one for the rest", len(points))
	}
	for _, p := range points {
		if text(p.Attributes.ToSlice())["error.type"] == "_OTHER" && p.Count == 68 {
			return
		}
	}
	t.Error(`no data point counts the other 68 as "_OTHER"`)
}
