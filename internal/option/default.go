package option

import "strconv"

// Default returns the value that an option has if it is not given, in view of the others that are.
// It is "" if the option stays unset.
func Default(s Spec, given map[string]string) string {
	judged := given["rate"] != "" || given["slow"] != ""
	switch {
	case s.Aspect == Limit && s.Name == "burst":
		if pace, err := readPace(given["rate"]); err == nil {
			return strconv.Itoa(pace.N)
		}
	case s.Aspect != Breaker:
	// A breaker judges by a rate over a window or by consecutive failures, never both.
	case s.Name == "failures" && judged, s.Name == "window" && !judged, s.Name == "min" && !timed(given),
		s.Name == "slowrate" && given["slow"] == "":
		return ""
	}
	return s.Default
}
