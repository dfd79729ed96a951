package option

import (
	"fmt"
	"time"
)

// Misfit is an option that does not fit another one of its aspect.
type Misfit struct {
	Option  string // the option to change or remove, which was given
	Other   string // the option that it does not fit, which may have been given too; "" if an option is missing
	Value   bool   // the option's value is wrong, rather than its presence
	Message string // what must be
	Hint    string // what to do about it
}

// Fits returns the options of an aspect that do not fit each other, among those that one place
// gives.
//
// They must also fit inForce, the values that the aspect will have, including those from other
// places. If it is nil, only what is given is known. If whole is set, nothing will be added later,
// so an option that has no value has its default or is missing.
func Fits(aspect string, given, inForce map[string]string, whole bool) []Misfit {
	if inForce == nil {
		inForce = given
	}
	f := fitting{aspect: aspect, given: given, inForce: inForce, whole: whole}
	if a, b, ok := Rivals(aspect); ok && given[a] != "" && given[b] != "" {
		f.add(a, b, "remove one", "%s must have %s or %s, not both", aspect, b, a)
	}
	if aspect == Breaker {
		f.window()
	}
	for _, pair := range ordered {
		if pair.aspect == aspect {
			f.inOrder(pair)
		}
	}
	return f.list
}

// Rivals returns the two options of an aspect that make each other meaningless.
func Rivals(aspect string) (a, b string, ok bool) { return "failures", "rate", aspect == Breaker }

// fitting collects what does not fit.
type fitting struct {
	aspect         string
	given, inForce map[string]string
	whole          bool
	list           []Misfit
}

func (f *fitting) add(option, other, hint, format string, args ...any) {
	f.list = append(f.list, Misfit{Option: option, Other: other, Hint: hint, Message: fmt.Sprintf(format, args...)})
}

// window checks what a breaker's options need of others.
func (f *fitting) window() {
	judged := f.inForce["rate"] != "" || f.inForce["slow"] != ""
	if f.given["window"] != "" && !judged && f.whole {
		f.add("window", "", "add rate, such as 0.5, or slow, such as 2s", "window of breaker must come with rate or slow, which are judged on it")
	}
	if f.given["min"] != "" && (f.given["window"] != "" || f.whole) && !timed(f.inForce) {
		f.add("min", "", "give window a time, such as 30s, or remove min",
			"min of breaker must come with a window of time: one of calls is judged when it is full")
	}
	if f.given["slowrate"] != "" && f.inForce["slow"] == "" && f.whole {
		f.add("slowrate", "", "add slow, such as 2s", "slowrate of breaker must come with slow, which says what slow is")
	}
}

// timed reports whether a breaker's window is a time.
func timed(values map[string]string) bool {
	v, err := read(Window, values["window"])
	_, is := v.(time.Duration)
	return err == nil && is
}

// order is a pair of durations of one aspect. The first must be at most the second.
type order struct {
	aspect, shorter, longer, why string

	caps bool // the longer one limits the default of the shorter one
}

var ordered = []order{
	{aspect: Retry, shorter: "initial", longer: "max", why: "it is the longest pause", caps: true},
	{aspect: Retry, shorter: "initial", longer: "elapsed", why: "no second attempt would start"},
	{aspect: Idempotent, shorter: "lease", longer: "ttl", why: "a claim must not outlive the results"},
}

// inOrder checks two durations if at least one of them is given.
func (f *fitting) inOrder(o order) {
	at, other := o.shorter, o.longer
	if f.given[at] == "" {
		at, other = other, at
	}
	if _, said := f.inForce[o.shorter]; f.given[at] == "" || o.caps && !said {
		return
	}
	shorter, ok := f.duration(o.shorter)
	longer, ok2 := f.duration(o.longer)
	if ok && ok2 && shorter > longer {
		f.add(at, other, "change one", "%s of %s must be at most its %s of %s, not %s: %s",
			o.shorter, o.aspect, o.longer, FormatDuration(longer), FormatDuration(shorter), o.why)
		f.list[len(f.list)-1].Value = true
	}
}

// duration returns the value of an option, or its default.
func (f *fitting) duration(option string) (time.Duration, bool) {
	text, ok := f.inForce[option]
	if !ok && f.whole {
		s, _ := Lookup(f.aspect, option)
		text = s.Default
	}
	d, err := time.ParseDuration(text)
	return d, err == nil
}
