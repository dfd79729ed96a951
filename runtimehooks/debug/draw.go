package debug

import (
	"fmt"
	"math"
	"time"

	"github.com/instrumentgo/instrument/runtimehooks"
)

// Drawings are inline SVG: numbers here, colours in the style sheet, and all that they say also in
// words. The policy of the page forbids style attributes, so that widths which depend on data are
// geometry.

// bar is a rectangle of a chart. Its class is what it stands for.
type bar struct {
	X, Y, W, H int
	Class      string // "ok", "slow", "failed" or "empty"
}

// chart is a breaker's window, or its failures in a row.
type chart struct {
	Width, Height int
	Bars          []bar
	Label         string
}

const (
	chartHeight = 24
	barWidth    = 5
	barStep     = barWidth + 1
	mostBars    = 60
)

// drawWindow draws the slices, oldest first, and free places up to capacity. A bar of one call is
// as high as it is bad; one of several is as high as they are many.
func drawWindow(window []runtimehooks.Slice, capacity int) *chart {
	window = condense(window, mostBars)
	most := 0
	for _, s := range window {
		most = max(most, s.Calls)
	}
	c := &chart{Height: chartHeight, Label: describeWindow(window)}
	for i, s := range window {
		switch x := i * barStep; {
		case s.Calls == 0:
			c.Bars = append(c.Bars, bar{x, chartHeight - 2, barWidth, 2, "empty"})
		case most == 1:
			c.Bars = append(c.Bars, oneCall(x, s))
		default:
			c.Bars = append(c.Bars, manyCalls(x, s, most)...)
		}
	}
	bars := min(max(len(window), capacity), mostBars)
	for i := len(window); i < bars; i++ {
		c.Bars = append(c.Bars, bar{i * barStep, chartHeight - 2, barWidth, 2, "empty"})
	}
	c.Width = max(bars*barStep-1, 1)
	return c
}

func oneCall(x int, s runtimehooks.Slice) bar {
	switch {
	case s.Failures > 0:
		return bar{x, 0, barWidth, chartHeight, "failed"}
	case s.Slow > 0:
		return bar{x, chartHeight - 16, barWidth, 16, "slow"}
	}
	return bar{x, chartHeight - 8, barWidth, 8, "ok"}
}

// manyCalls stacks failures, at the bottom, slow successes and the others.
func manyCalls(x int, s runtimehooks.Slice, most int) []bar {
	var bars []bar
	slow := min(s.Slow, s.Calls-s.Failures)
	y := chartHeight
	for _, part := range []struct {
		n     int
		class string
	}{{s.Failures, "failed"}, {slow, "slow"}, {s.Calls - s.Failures - slow, "ok"}} {
		if part.n > 0 {
			h := max(part.n*chartHeight/most, 1)
			y = max(y-h, 0)
			bars = append(bars, bar{x, y, barWidth, h, part.class})
		}
	}
	return bars
}

// condense adds up neighbours so that at most so many slices are left.
func condense(window []runtimehooks.Slice, most int) []runtimehooks.Slice {
	if len(window) <= most {
		return window
	}
	condensed := make([]runtimehooks.Slice, most)
	for i, s := range window {
		c := &condensed[i*most/len(window)]
		c.Calls, c.Failures, c.Slow = c.Calls+s.Calls, c.Failures+s.Failures, c.Slow+s.Slow
	}
	return condensed
}

// describeWindow writes "20 calls, 6 failed, 1 slow".
func describeWindow(window []runtimehooks.Slice) string {
	var total runtimehooks.Slice
	for _, s := range window {
		total.Calls, total.Failures, total.Slow = total.Calls+s.Calls, total.Failures+s.Failures, total.Slow+s.Slow
	}
	text := fmt.Sprintf("%s, %d failed", plural(int64(total.Calls), "call"), total.Failures)
	if total.Slow > 0 {
		text += fmt.Sprintf(", %d slow", total.Slow)
	}
	return text
}

// drawRun draws failures in a row out of those that open a breaker.
func drawRun(failures, limit int) *chart {
	c := &chart{Height: chartHeight, Label: fmt.Sprintf("%d of %d failures in a row", failures, limit)}
	limit = min(limit, mostBars)
	for i := range limit {
		b := bar{i * barStep, chartHeight - 2, barWidth, 2, "empty"}
		if i < failures {
			b = bar{i * barStep, 0, barWidth, chartHeight, "failed"}
		}
		c.Bars = append(c.Bars, b)
	}
	c.Width = max(limit*barStep-1, 1)
	return c
}

// strip is latencies on a logarithmic scale that is the same for all sites.
type strip struct {
	Width                  int
	Marks                  []int // decades from 100 µs on
	P50, P90, P99, Max     int
	FromP50ToP99, P50ToMax int
}

const stripWidth = 112

// drawLatency returns nil for a site whose latency is unknown.
func drawLatency(l runtimehooks.Latency) *strip {
	if l.Max <= 0 {
		return nil
	}
	s := &strip{Width: stripWidth, P50: place(l.P50), P90: place(l.P90), P99: place(l.P99), Max: place(l.Max)}
	s.FromP50ToP99, s.P50ToMax = max(s.P99-s.P50, 1), max(s.Max-s.P50, 1)
	for d := 100 * time.Microsecond; d <= 10*time.Second; d *= 10 {
		s.Marks = append(s.Marks, place(d))
	}
	return s
}

// place is where a duration stands in the strip: 10 µs at the left, 100 s at the right.
func place(d time.Duration) int {
	decades := math.Log10(float64(max(d, 1)) / float64(10*time.Microsecond))
	return int(math.Round(min(max(decades/7, 0), 1) * stripWidth))
}

// fill is how full something is, in per cent, as the width of a bar.
type fill struct {
	Percent int
	Class   string // "failed" where nothing is left
	Label   string
}

func drawFill(part, whole float64, class, label string) fill {
	share := part / max(whole, 1)
	return fill{Percent: int(math.Round(100 * min(max(share, 0), 1))), Class: class, Label: label}
}
