package option

import (
	"cmp"
	"strings"
	"time"
)

// Within reports whether a value is within the option's bounds.
func (s Spec) Within(v Value) bool {
	low, high, open := s.limits(v)
	if lowest, err := read(s.Kind, low); err == nil {
		if c := compare(v, lowest); c < 0 || c == 0 && open {
			return false
		}
	}
	highest, err := read(s.Kind, high)
	return err != nil || compare(v, highest) <= 0
}

// allowed writes the bounds of values like v: "at least 1 and at most 100".
func (s Spec) allowed(v Value) string {
	var list []string
	low, high, open := s.limits(v)
	if open {
		list = append(list, "more than "+low)
	} else if low != "" {
		list = append(list, "at least "+low)
	}
	if high != "" {
		list = append(list, "at most "+high)
	}
	return strings.Join(list, " and ")
}

// limits returns the bounds of values like v. The bounds of a window are numbers of calls; a window
// of time must only be positive.
func (s Spec) limits(v Value) (low, high string, open bool) {
	if _, timed := v.(time.Duration); timed && s.Kind == Window {
		return "0s", "", true
	}
	low, open = strings.CutPrefix(s.Min, ">")
	return low, s.Max, open
}

// compare compares values of a kind that has bounds.
func compare(a, b Value) int {
	switch a := a.(type) {
	case int:
		return cmp.Compare(a, b.(int))
	case float64:
		return cmp.Compare(a, b.(float64))
	case time.Duration:
		return cmp.Compare(a, b.(time.Duration))
	}
	return 0
}
