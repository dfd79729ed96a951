package option

import (
	"cmp"
	"strings"
)

// Kind is the type of an option's value.
type Kind string

// The kinds of option values. The text forms are those of a directive.
const (
	Duration  Kind = "duration"   // as time.ParseDuration reads it: 50ms, 2s
	Int       Kind = "int"        // decimal
	Float     Kind = "float"      // decimal
	Bool      Kind = "bool"       // true or false
	String    Kind = "string"     // any text; quote it when it holds a space
	Level     Kind = "level"      // debug, info, warn or error
	Rate      Kind = "rate"       // a number per second, minute, hour or duration: 100/s, 5/m, 10/250ms
	Window    Kind = "window"     // a number of calls, or a duration: 20, 30s
	Challenge Kind = "challenge"  // an authentication scheme and its parameters: Bearer, Basic realm="shop"
	Func      Kind = "func"       // a declared function, func(error) bool, or one of all results
	Closer    Kind = "closer"     // a declared function, func(T), that takes a result
	Call      Kind = "call"       // a function that is called with some of the parameters: package-level, or a method of one of them
	Sentinel  Kind = "sentinel"   // a package-level variable of type error; may be repeated
	Path      Kind = "path"       // a parameter, or a field path that starts at one; may be repeated
	Key       Kind = "key"        // an expression over the parameters whose value is a key, or a part of one; may be repeated
	Expr      Kind = "expression" // an expression over the parameters and the package's variables
	Result    Kind = "result"     // a result's name, or its index counted from 0
)

// Levels are the names of the well-known levels. A directive may give others, in the form that
// log/slog reads.
var Levels = []string{"debug", "info", "warn", "error"}

// Repeats reports whether an option of this kind may be given more than once.
func (k Kind) Repeats() bool { return k == Sentinel || k == Path || k == Key }

// Wants says what a value of this kind must be: "must be a whole number".
func (k Kind) Wants() string { return cmp.Or(wants[k], "a word") }

var wants = map[Kind]string{
	Duration:  "a duration such as 50ms or 2s",
	Int:       "a whole number",
	Float:     "a number",
	Bool:      "true or false",
	Level:     Or(Levels),
	Rate:      "a number from 1 per time, such as 100/s, 20/m, 5/h or 10/250ms",
	Window:    "a number of calls such as 20, or a time such as 30s",
	Challenge: `an authentication scheme and its parameters, such as Bearer or Basic realm="shop"`,
}

// Or writes "a, b or c".
func Or(list []string) string { return join(list, " or ") }

// And writes "a, b and c".
func And(list []string) string { return join(list, " and ") }

func join(list []string, last string) string {
	if n := len(list) - 1; n > 0 {
		return strings.Join(list[:n], ", ") + last + list[n]
	}
	return strings.Join(list, "")
}
