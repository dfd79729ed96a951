package option

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Value is the value of an option. Which of its fields holds it depends on the kind.
type Value struct {
	Kind     Kind          // that of the option, except that a Window is an Int or a Duration
	Int      int           // of an Int; the number of a Rate
	Float    float64       // of a Float
	Duration time.Duration // of a Duration; the time that a Rate is about
	Bool     bool          // of a Bool
	Level    slog.Level    // of a Level
	Text     string        // of all other kinds
}

// Parse reads an option's value and checks it against the bounds. The error says what the value
// must be: "must be at least 1 and at most 100, not 0".
func Parse(s Spec, text string) (Value, error) {
	if len(s.OneOf) > 0 && !slices.Contains(s.OneOf, text) {
		return Value{}, fmt.Errorf("must be %s, not %q", Or(s.OneOf), text)
	}
	v, err := read(s.Kind, text)
	switch {
	case err == errEmpty:
		return Value{}, err
	case err != nil:
		return Value{}, fmt.Errorf("must be %s, not %q", s.Kind.Wants(), text)
	case !s.Within(v):
		return Value{}, fmt.Errorf("must be %s, not %s", s.allowed(v), v)
	}
	return v, nil
}

var errEmpty = errors.New("must not be empty")

// read reads a value, whatever the bounds.
func read(kind Kind, text string) (v Value, err error) {
	v.Kind = kind
	switch kind {
	case Duration:
		v.Duration, err = time.ParseDuration(text)
	case Int:
		v.Int, err = strconv.Atoi(text)
	case Float:
		if v.Float, err = strconv.ParseFloat(text, 64); v.Float != v.Float {
			err = strconv.ErrRange
		}
	case Bool:
		if v.Bool = text == "true"; !v.Bool && text != "false" {
			err = strconv.ErrSyntax
		}
	case Level:
		err = v.Level.UnmarshalText([]byte(text))
	case Rate:
		v.Int, v.Duration, err = readRate(text)
	case Window:
		if n, err := read(Int, text); err == nil {
			return n, nil
		}
		return read(Duration, text)
	default:
		if v.Text = text; text == "" {
			err = errEmpty
		}
	}
	return v, err
}

// units are the times that a rate may be about, where they have a letter.
var units = map[string]time.Duration{"s": time.Second, "m": time.Minute, "h": time.Hour}

// readRate reads "100/s", "5/m", "1/h" and "20/10s".
func readRate(text string) (n int, per time.Duration, err error) {
	number, unit, _ := strings.Cut(text, "/")
	if n, err = strconv.Atoi(number); err != nil {
		return 0, 0, err
	}
	per, known := units[unit]
	if !known {
		per, err = time.ParseDuration(unit)
	}
	if err == nil && (n < 1 || per <= 0) {
		err = strconv.ErrRange
	}
	return n, per, err
}

// String returns the value in its canonical form, which [Parse] reads.
func (v Value) String() string {
	switch v.Kind {
	case Duration:
		return FormatDuration(v.Duration)
	case Int:
		return strconv.Itoa(v.Int)
	case Float:
		return strconv.FormatFloat(v.Float, 'g', -1, 64)
	case Bool:
		return strconv.FormatBool(v.Bool)
	case Level:
		return strings.ToLower(v.Level.String())
	case Rate:
		unit := FormatDuration(v.Duration)
		for letter, d := range units {
			if d == v.Duration {
				unit = letter
			}
		}
		return strconv.Itoa(v.Int) + "/" + unit
	}
	return v.Text
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
