package debug

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/instrumentgo/instrument/runtimehooks"
)

// Numbers are written so that columns of them compare at a glance: three significant digits, thin
// spaces.

const thinSpace = "\u202f"

// count writes 1234567 as "1 234 567".
func count(n int64) string {
	text := strconv.FormatInt(n, 10)
	var b strings.Builder
	for i, digit := range text {
		if i > 0 && (len(text)-i)%3 == 0 && text[i-1] != '-' {
			b.WriteString(thinSpace)
		}
		b.WriteRune(digit)
	}
	return b.String()
}

// percent writes a share: "0 %", "<0.1 %", "2.5 %", "37 %". Only what is everything is "100 %".
func percent(part, whole int64) string {
	share := 100 * float64(part) / float64(max(whole, 1))
	text := ""
	switch {
	case part == 0:
		text = "0"
	case share < 0.1:
		text = "<0.1"
	case share < 10:
		text = strconv.FormatFloat(math.Floor(share*10)/10, 'f', -1, 64)
	default:
		text = strconv.FormatFloat(math.Floor(share), 'f', 0, 64)
	}
	return text + thinSpace + "%"
}

// quantity is a number with its unit.
type quantity struct{ Value, Unit string }

// String returns "1.24 ms", or "–" for an unknown one.
func (q quantity) String() string {
	if q.Unit == "" {
		return q.Value
	}
	return q.Value + thinSpace + q.Unit
}

// span writes a duration, and 0 as unknown.
func span(d time.Duration) quantity {
	if d <= 0 {
		return quantity{Value: "–"}
	}
	for _, u := range []struct {
		unit string
		size time.Duration
	}{{"µs", time.Microsecond}, {"ms", time.Millisecond}, {"s", time.Second}} {
		if value := significant(float64(d) / float64(u.size)); value < 1000 || u.unit == "s" {
			return quantity{strconv.FormatFloat(value, 'f', -1, 64), u.unit}
		}
	}
	return quantity{}
}

// significant rounds to three digits.
func significant(x float64) float64 {
	scale := math.Pow(10, 2-math.Floor(math.Log10(x)))
	return math.Round(x*scale) / scale
}

// plural writes "1 call" and "2 calls".
func plural(n int64, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return count(n) + " " + one + "s"
}

// packageOf returns the package path of a function as the runtime names it.
func packageOf(function string) string {
	base, _, _ := strings.Cut(function, " ") // of a call site or a literal
	base, _, _ = strings.Cut(base, "[")
	slash := strings.LastIndexByte(base, '/') + 1
	if dot := strings.IndexByte(base[slash:], '.'); dot >= 0 {
		return base[:slash+dot]
	}
	return ""
}

// reach says what an OptionState.From is about.
func reach(from string) string {
	switch from {
	case "site":
		return "this site"
	case "all":
		return "all sites"
	}
	return from
}

// rate writes what a limiter lets through: "100/s".
func rate(l runtimehooks.LimitStatus) string {
	switch l.Per {
	case time.Second:
		return count(int64(l.Rate)) + "/s"
	case time.Minute:
		return count(int64(l.Rate)) + "/min"
	case time.Hour:
		return count(int64(l.Rate)) + "/h"
	}
	return count(int64(l.Rate)) + " per " + span(l.Per).String()
}

// cut ends a text that is too long for a page.
func cut(text string, runes int) string {
	n := 0
	for i := range text {
		if n++; n > runes {
			return text[:i] + "…"
		}
	}
	return text
}
