package aspects

import "strings"

// NeedsText says what a function must have for the aspect, and why, in one sentence; "" for
// nothing. mark marks the names of types, as Markdown does with backticks.
func (d *Definition) NeedsText(mark func(string) string) string {
	n := &d.Needs
	entry := "a parameter of type " + mark("context.Context")
	if n.Own == "" {
		entry += " or " + mark("*http.Request")
	}
	var list []string
	for _, need := range []struct{ what, why string }{
		{entry, n.Context},
		{"no request in its place", n.Own},
		{"a result of type " + mark("error"), n.Error},
		{"results that are complete at return", n.Plain},
		{"results of which none is, or holds, what must be closed", n.Unowned},
		{"results that have a form in JSON", n.JSON},
		{"a function without type parameters", n.Ground},
		{"a function that is not a net/http handler", n.NoResponse},
	} {
		if need.why != "" {
			list = append(list, need.what+" ("+need.why+")")
		}
	}
	if len(list) == 0 {
		return ""
	}
	return "Needs " + strings.Join(list, "; ") + "."
}
