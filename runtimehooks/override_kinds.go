package runtimehooks

import (
	"cmp"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"time"
)

// OptionKind is the type of an overridable option's value.
type OptionKind string

// The kinds. The text forms are those of a directive.
const (
	KindDuration OptionKind = "duration" // as time.ParseDuration reads it: 50ms, 2s
	KindInt      OptionKind = "int"      // decimal
	KindFloat    OptionKind = "float"    // decimal
	KindBool     OptionKind = "bool"     // true or false
	KindString   OptionKind = "string"   // one of a few words
	KindLevel    OptionKind = "level"    // debug, info, warn or error
	KindRate     OptionKind = "rate"     // a whole number of calls in a time: 100/s, 20/m, 5/h or 10/250ms
	KindWindow   OptionKind = "window"   // a whole number of calls, or a duration
)

// valueKind is how values of one kind are read, written and compared.
type valueKind[V any] struct {
	name    OptionKind
	want    string // what the text must be
	parse   func(string) (V, error)
	format  func(V) string
	compare func(a, b V) int // nil where there are no bounds
}

var (
	durations = valueKind[time.Duration]{KindDuration, "a duration such as 50ms or 2s", time.ParseDuration, formatDuration, cmp.Compare[time.Duration]}
	ints      = valueKind[int]{KindInt, "a whole number", strconv.Atoi, strconv.Itoa, cmp.Compare[int]}
	floats    = valueKind[float64]{KindFloat, "a number", parseFloat, formatFloat, cmp.Compare[float64]}
	bools     = valueKind[bool]{name: KindBool, want: "true or false", parse: parseBool, format: strconv.FormatBool}
	words     = valueKind[string]{name: KindString, parse: parseWord, format: func(s string) string { return s }}
	levels    = valueKind[slog.Level]{name: KindLevel, parse: parseLevel, format: formatLevel}
)

// bounds are the values that an option may have. An open lower bound begins with ">"; "" is none.
type bounds struct {
	min, max string
	oneOf    []string
}

// read parses a value and checks it against the bounds. The error says what the value must be.
func (k valueKind[V]) read(text string, b bounds) (V, error) {
	if len(b.oneOf) > 0 && !slices.Contains(b.oneOf, text) {
		var none V
		return none, fmt.Errorf("must be %s, not %q", orList(b.oneOf), text)
	}
	v, err := k.parse(text)
	if err != nil {
		return v, fmt.Errorf("must be %s, not %q", k.want, text)
	}
	if !k.within(v, b) {
		return v, fmt.Errorf("must be %s, not %s", b, k.format(v))
	}
	return v, nil
}

// within reports whether the value is within the bounds.
func (k valueKind[V]) within(v V, b bounds) bool {
	if k.compare == nil {
		return true
	}
	low, open := strings.CutPrefix(b.min, ">")
	if lowest, err := k.parse(low); err == nil {
		if c := k.compare(v, lowest); c < 0 || c == 0 && open {
			return false
		}
	}
	highest, err := k.parse(b.max)
	return err != nil || k.compare(v, highest) <= 0
}

// String writes "at least 1 and at most 100".
func (b bounds) String() string {
	var allowed []string
	if low, open := strings.CutPrefix(b.min, ">"); open {
		allowed = append(allowed, "more than "+low)
	} else if low != "" {
		allowed = append(allowed, "at least "+low)
	}
	if b.max != "" {
		allowed = append(allowed, "at most "+b.max)
	}
	return strings.Join(allowed, " and ")
}

// orList writes "a, b or c".
func orList(list []string) string {
	if last := len(list) - 1; last > 0 {
		return strings.Join(list[:last], ", ") + " or " + list[last]
	}
	return strings.Join(list, "")
}

// formatDuration is d.String() without trailing zero rateUnits: "1m" for "1m0s".
func formatDuration(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

func parseFloat(text string) (float64, error) {
	f, err := strconv.ParseFloat(text, 64)
	if err == nil && f != f {
		err = strconv.ErrRange
	}
	return f, err
}

func formatFloat(f float64) string { return strconv.FormatFloat(f, 'g', -1, 64) }

func parseBool(text string) (bool, error) {
	if text != "true" && text != "false" {
		return false, strconv.ErrSyntax
	}
	return text == "true", nil
}

func parseWord(text string) (string, error) { return text, nil }

func parseLevel(text string) (slog.Level, error) {
	var l slog.Level
	err := l.UnmarshalText([]byte(text))
	return l, err
}

func formatLevel(l slog.Level) string { return strings.ToLower(l.String()) }

// rateUnits are the times that a rate may be about, where they have a letter.
var rateUnits = map[string]time.Duration{"s": time.Second, "m": time.Minute, "h": time.Hour}

// parseRate reads "100/s", "5/m", "1/h" and "20/10s".
func parseRate(text string) (n int, per time.Duration, err error) {
	count, unit, _ := strings.Cut(text, "/")
	n, err = strconv.Atoi(count)
	per, known := rateUnits[unit]
	if err == nil && !known {
		per, err = time.ParseDuration(unit)
	}
	if err != nil || n < 1 || per <= 0 {
		return 0, 0, fmt.Errorf("must be a number from 1 per time, such as 100/s, 20/m, 5/h or 10/250ms, not %q", text)
	}
	return n, per, nil
}

func formatRate(n int, per time.Duration) string {
	for letter, d := range rateUnits {
		if d == per {
			return strconv.Itoa(n) + "/" + letter
		}
	}
	return strconv.Itoa(n) + "/" + formatDuration(per)
}
