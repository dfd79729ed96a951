package schema

import (
	"encoding/json"
	"strings"

	"github.com/instrumentgo/instrument/internal/option"
)

// Object is a part of a schema.
type Object = map[string]any

// unsigned matches some of what time.ParseDuration reads.
const unsigned = `([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h)`

// Duration is the definition that a schema with options must have under "$defs", as "duration".
func Duration() Object {
	return Object{"type": "string", "pattern": `^\+?(0|(` + unsigned + `)+)$`, "description": "such as 50ms, 2s or 1m30s"}
}

// Aspect returns the schema of a mapping with options of an aspect, which may have other properties
// too. It does not say which options exclude each other.
func Aspect(aspect string, properties Object) Object {
	s := Object{"type": "object", "properties": properties, "additionalProperties": false}
	if a, b, ok := option.Rivals(aspect); ok {
		s["not"] = Object{"required": []string{a, b}, "type": "object"}
	}
	return s
}

// Option returns the schema of an option's value, as YAML and JSON write it.
func Option(s option.Spec) Object {
	text := Object{"$ref": "#/$defs/duration"}
	positive := Object{"allOf": []Object{text, {"pattern": "[1-9]"}}}
	switch {
	case len(s.OneOf) > 0:
		return Object{"enum": s.OneOf}
	case s.Kind == option.Level:
		return Object{"enum": option.Levels}
	case s.Kind == option.Bool:
		return Object{"type": "boolean"}
	case s.Kind == option.Int:
		return bounded("integer", s)
	case s.Kind == option.Float:
		return bounded("number", s)
	case s.Kind == option.Window:
		return Object{"anyOf": []Object{bounded("integer", s), positive}}
	case s.Kind == option.Rate: // a positive number, a slash, and a unit or positive duration
		return Object{"type": "string", "allOf": []Object{
			{"pattern": `^\+?0*[1-9][0-9]*/`}, {"pattern": `^[^/]*/(s|m|h|\+?(` + unsigned + `)+)$`}, {"pattern": `/[smh]$|/.*[1-9]`},
		}}
	case s.Kind == option.Duration && strings.HasPrefix(s.Min, ">"):
		return positive
	case s.Kind == option.Duration:
		return Object{"anyOf": []Object{text, {"const": 0}}}
	}
	panic("no file can hold a value of kind " + s.Kind)
}

func bounded(kind string, o option.Spec) Object {
	s := Object{"type": kind}
	if low, open := strings.CutPrefix(o.Min, ">"); open {
		s["exclusiveMinimum"] = json.Number(low)
	} else if low != "" {
		s["minimum"] = json.Number(low)
	}
	if o.Max != "" {
		s["maximum"] = json.Number(o.Max)
	}
	return s
}
