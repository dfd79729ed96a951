package option

import (
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Value is the value of an option, by its kind: a time.Duration, an int, a float64, a bool, a
// slog.Level, for a Rate a [Pace], for a Window an int or a time.Duration, and a string for all
// other kinds.
type Value any

// Pace is a number per time.
type Pace struct {
	N   int
	Per time.Duration
}

// Parse reads an option's value and checks it against the bounds. The error says what the value
// must be: "must be at least 1 and at most 100, not 0".
func Parse(s Spec, text string) (Value, error) {
	if len(s.OneOf) > 0 && !slices.Contains(s.OneOf, text) {
		return nil, fmt.Errorf("must be %s, not %q", Or(s.OneOf), text)
	}
	v, err := read(s.Kind, text)
	switch {
	case err == errEmpty:
		return nil, err
	case err != nil:
		return nil, fmt.Errorf("must be %s, not %q", s.Kind.Wants(), text)
	case !s.Within(v):
		return nil, fmt.Errorf("must be %s, not %s", s.allowed(v), Format(v))
	}
	return v, nil
}

// challenge is a scheme, and parameters that can stand in a header.
var challenge = regexp.MustCompile("^[!#$%&'*+.^_`|~0-9A-Za-z-]+( [ -~]*[!-~])?$")

var errEmpty = errors.New("must not be empty")

// read reads a value, whatever the bounds.
func read(kind Kind, text string) (Value, error) {
	switch kind {
	case Duration:
		return time.ParseDuration(text)
	case Int:
		return strconv.Atoi(text)
	case Float:
		f, err := strconv.ParseFloat(text, 64)
		if f != f {
			err = strconv.ErrRange
		}
		return f, err
	case Bool:
		if text != "true" && text != "false" {
			return nil, strconv.ErrSyntax
		}
		return text == "true", nil
	case Level:
		var l slog.Level
		err := l.UnmarshalText([]byte(text))
		return l, err
	case Rate:
		return readPace(text)
	case Window:
		if n, err := strconv.Atoi(text); err == nil {
			return n, nil
		}
		return time.ParseDuration(text)
	case Challenge:
		if !challenge.MatchString(text) {
			return nil, strconv.ErrSyntax
		}
		return text, nil
	}
	if text == "" {
		return nil, errEmpty
	}
	return text, nil
}

// units are the times of a rate that have a letter.
var units = map[string]time.Duration{"s": time.Second, "m": time.Minute, "h": time.Hour}

// readPace reads "100/s", "5/m", "1/h" and "20/10s".
func readPace(text string) (p Pace, err error) {
	number, unit, _ := strings.Cut(text, "/")
	if p.N, err = strconv.Atoi(number); err != nil {
		return p, err
	}
	known := false
	if p.Per, known = units[unit]; !known {
		p.Per, err = time.ParseDuration(unit)
	}
	if err == nil && (p.N < 1 || p.Per <= 0) {
		err = strconv.ErrRange
	}
	return p, err
}

// Format returns a value in its canonical form, which [Parse] reads; "" for nil.
func Format(v Value) string {
	switch v := v.(type) {
	case nil:
		return ""
	case time.Duration:
		return FormatDuration(v)
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	case slog.Level:
		return strings.ToLower(v.String())
	case Pace:
		unit := FormatDuration(v.Per)
		for letter, d := range units {
			if d == v.Per {
				unit = letter
			}
		}
		return strconv.Itoa(v.N) + "/" + unit
	}
	return fmt.Sprint(v)
}

// FormatDuration is d.String() without trailing zero units: "1m" for "1m0s".
func FormatDuration(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
