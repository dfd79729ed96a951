package debug

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/instrumentgo/instrument/internal/option"
	"github.com/instrumentgo/instrument/runtimehooks"
)

// breakerRow is what the page shows of a circuit breaker.
type breakerRow struct {
	Title, Key   string // Key as it is shown
	Said         string // Key as a form says it
	Keyless      bool   // the one for calls without key, of a site whose breaker has keys
	State, Class string
	Mode         string // "auto", "open" or "closed"
	Text, Opened string
	Ended        string // calls that count as neither success nor failure
	Chart        *chart
	Function     string
}

// limitRow is what the page shows of a limiter.
type limitRow struct {
	Title, Key, Text, Rate string
	Fill                   fill
}

// bulkheadRow is what the page shows of a bulkhead.
type bulkheadRow struct {
	Title, Text string
	Fill        fill
}

// failureRow is what the page shows of an error.
type failureRow struct {
	At, Machine         string
	Type, Text, TraceID string
}

// worst puts the breakers that are not closed first, then those with failures.
func worst(list []runtimehooks.BreakerStatus) []runtimehooks.BreakerStatus {
	list = slices.Clone(list)
	rank := func(b runtimehooks.BreakerStatus) int {
		switch {
		case b.Forced:
			return 0
		case b.State != runtimehooks.BreakerClosed:
			return 1
		}
		return 2
	}
	slices.SortStableFunc(list, func(a, b runtimehooks.BreakerStatus) int {
		if len(list) <= mostStates { // all are shown: the order by key is the easier one to read
			return 0
		}
		if ra, rb := rank(a), rank(b); ra != rb {
			return ra - rb
		}
		return b.Failures - a.Failures
	})
	return list
}

func (v viewer) breaker(s *runtimehooks.SiteState, b runtimehooks.BreakerStatus) breakerRow {
	r := breakerRow{
		Title: title(s.Function, b.Name), Key: shownKey(b.Key), Said: v.said(b.Key), State: b.State.String(), Class: stateClass(b), Mode: "auto",
		Function: s.Function, Keyless: b.Key == "" && len(s.Breakers) > 1,
	}
	if b.Opened > 0 {
		r.Opened = "opened " + numberOfTimes(b.Opened)
	}
	if b.Ended > 0 {
		r.Ended = plural(b.Ended, "call") + " ended by the caller"
	}
	options := optionsOf(s, option.Breaker)
	switch {
	case b.Forced:
		r.Mode, r.Text = b.State.String(), "until it is set back"
	case b.State == runtimehooks.BreakerOpen && b.Wait > 0:
		r.Text = "lets a call through in " + countdown(b.Wait)
	case b.State == runtimehooks.BreakerOpen:
		r.Text = "lets the next call through"
	case b.State == runtimehooks.BreakerHalfOpen:
		r.Text = "closes after a success"
		if probes := options["probes"]; probes != "" && probes != "1" {
			r.Text = "closes after " + probes + " successes"
		}
	default:
		r.Chart, r.Text = closedBreaker(b, options)
	}
	return r
}

// closedBreaker draws what a closed breaker is judged on, and says when it opens.
func closedBreaker(b runtimehooks.BreakerStatus, options map[string]string) (*chart, string) {
	var opens []string
	limit, _ := strconv.Atoi(options["failures"])
	switch {
	case options["rate"] != "": // beats failures
		opens = append(opens, share(options["rate"])+" failed")
	case options["slow"] == "":
		return drawRun(b.Failures, limit), fmt.Sprintf("%s in a row; opens at %d", plural(int64(b.Failures), "failure"), limit)
	case limit > 0:
		opens = append(opens, fmt.Sprintf("%d failed in a row", limit))
	}
	if options["slow"] != "" {
		opens = append(opens, share(options["slowrate"])+" slower than "+options["slow"])
	}
	capacity, _ := strconv.Atoi(options["window"]) // 0 for a window of time, which is always full
	return drawWindow(b.Window, capacity), describeWindow(b.Window) + "; opens at " + strings.Join(opens, " or ")
}

// share writes the option 0.5 as "50 %".
func share(text string) string {
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return text
	}
	return strconv.FormatFloat(math.Round(f*1000)/10, 'f', -1, 64) + thinSpace + "%"
}

// countdown writes a time that is left in whole seconds, so that it changes no more often than the
// page does.
func countdown(d time.Duration) string {
	return (d + time.Second - 1).Truncate(time.Second).String()
}

func numberOfTimes(n int64) string {
	if n == 1 {
		return "once"
	}
	return plural(n, "time")
}

func stateClass(b runtimehooks.BreakerStatus) string {
	switch b.State {
	case runtimehooks.BreakerOpen:
		return "failed"
	case runtimehooks.BreakerHalfOpen:
		return "slow"
	}
	return "ok"
}

// said is how a form says a key: a key may be long.
func (v viewer) said(key string) string {
	if v.marks == nil {
		return key // is a mark
	}
	return v.marks.mark(key)
}

// shownKey is a key as much as there is room for.
func shownKey(key string) string { return printable(cut(key, mostKey)) }

// title is the name of a state that sites share; "" for one that belongs to the function.
func title(function, name string) string {
	if name == function {
		return ""
	}
	return name
}

func optionsOf(s *runtimehooks.SiteState, aspect string) map[string]string {
	m := map[string]string{}
	for _, a := range s.Aspects {
		if a.Name == aspect {
			for _, o := range a.Options {
				m[o.Name] = o.Value
			}
		}
	}
	return m
}

func limitRowOf(function string, l runtimehooks.LimitStatus) limitRow {
	free := int64(math.Floor(max(l.Tokens, 0)))
	text := fmt.Sprintf("%s of %s may begin now", count(free), count(int64(l.Burst)))
	class := "ok"
	if free == 0 {
		class = "failed"
	}
	return limitRow{
		Title: title(function, l.Name), Key: shownKey(l.Key), Text: text, Rate: rate(l),
		Fill: drawFill(float64(free), float64(l.Burst), class, text),
	}
}

func bulkheadRowOf(function string, b runtimehooks.BulkheadStatus) *bulkheadRow {
	text := fmt.Sprintf("%s of %s running", count(int64(b.Running)), count(int64(b.Max)))
	if b.Waiting > 0 {
		text += ", " + count(int64(b.Waiting)) + " waiting"
	}
	class := "ok"
	if b.Running >= b.Max {
		class = "slow"
	}
	return &bulkheadRow{Title: title(function, b.Name), Text: text, Fill: drawFill(float64(b.Running), float64(b.Max), class, text)}
}

func failureRowOf(e runtimehooks.ErrorRecord) failureRow {
	return failureRow{
		At: e.At.Format("2 Jan 15:04:05"), Machine: e.At.Format(time.RFC3339), Type: e.Type, Text: printable(e.Text), TraceID: e.TraceID,
	}
}
