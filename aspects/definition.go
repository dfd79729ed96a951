package aspects

import (
	"embed"
	"slices"
)

// Kind is the type of an option's value.
type Kind string

// The kinds of option values. The text forms are those of a directive.
const (
	Duration Kind = "duration"        // as time.ParseDuration reads it: 50ms, 2s
	Int      Kind = "int"             // decimal
	Float    Kind = "float"           // decimal
	Bool     Kind = "bool"            // true or false
	String   Kind = "string"          // any text; quote it when it holds a space
	Level    Kind = "level"           // debug, info, warn or error
	PerTime  Kind = "number per time" // a number per second, minute, hour or duration: 100/s, 5/m, 10/250ms
	Size     Kind = "window"          // a number of calls, or a duration: 20, 30s
	Func     Kind = "func"            // a declared function, func(error) bool
	Call     Kind = "call"            // a function that is called with some of the parameters: package-level, or a method of one of them
	Sentinel Kind = "sentinel"        // a package-level variable of type error; may be repeated
	Path     Kind = "path"            // a parameter, or a field path that starts at one; may be repeated
	Key      Kind = "key"             // an expression over the parameters whose value is a key, or a part of one; may be repeated
	Expr     Kind = "expression"      // an expression over the parameters and the package's variables
	Result   Kind = "result"          // a result's name, or its index counted from 0
)

// Repeats reports whether an option of this kind may be given more than once.
func (k Kind) Repeats() bool { return k == Sentinel || k == Path || k == Key }

// Option documents one option of an aspect.
type Option struct {
	Name    string // as a directive writes it
	Rule    string // the function of this package that sets it in a rule file; "" if only the constructor's own argument does
	Own     bool   // is the first argument of the constructor
	Kind    Kind
	Field   string   // the field of the run-time type that holds it; "" where it only steers the weaving. A rate also sets Per; a window that is a duration sets Period instead
	Default string   // in the directive's form; "" means unset
	Value   bool     // may be given without its name, as the directive's first argument
	Need    bool     // must be given
	Min     string   // lowest allowed value, "" for none; an open bound begins with ">"
	Max     string   // highest allowed value, "" for none
	OneOf   []string // the allowed values, where they are few
	Like    string   // an example, for an option that must be given
	Doc     string
	Why     string // the argument for its default, or for having none; "" where there is nothing to argue
}

// Needs says what a function must have for an aspect to make sense on it.
type Needs struct {
	Context string // why a context.Context (or request) is needed; "" if it is not
	Own     string // why that must be a parameter of type context.Context, and a request will not do; "" if it will
	Error   string // why a result of type error is needed; "" if it is not
	Plain   string // why every result must be a plain value, complete at return; "" if any result will do
	JSON    string // why every result must have a form in JSON; "" if it need not
	Ground  string // why it cannot be woven into a function with type parameters; "" if it can
	NoHTTP  string // why it cannot be woven into a net/http handler; "" if it can
}

// Definition documents one built-in aspect: everything the directive parser, the rule reader, the generator and the
// documentation know of it.
type Definition struct {
	Name    string // directive name
	Rule    string // constructor in this package
	Type    string // run-time type in package runtimehooks
	Title   string // one line
	Doc     string // paragraphs
	Attempt bool   // wants the attempt shape
	Needs   Needs
	Options []Option
	Example string // a complete Go program whose "Output:" comment says what it prints when it is woven
}

// Option returns the option called name.
func (d *Definition) Option(name string) (*Option, bool) {
	i := slices.IndexFunc(d.Options, func(o Option) bool { return o.Name == name })
	if i < 0 {
		return nil, false
	}
	return &d.Options[i], true
}

// Positional returns the option that a directive's first bare argument sets, or nil.
func (d *Definition) Positional() *Option {
	for i := range d.Options {
		if d.Options[i].Value {
			return &d.Options[i]
		}
	}
	return nil
}

// Builtin returns the built-in aspects in their default order, outermost first.
func Builtin() []*Definition { return builtin }

var builtin = []*Definition{
	recoverAspect, traceAspect, metricsAspect, logAspect,
	limitAspect, authzAspect, validateAspect, idempotentAspect,
	cacheAspect, fallbackAspect,
	timeoutAspect, hedgeAspect, retryAspect,
	breakerAspect, bulkheadAspect,
}

// Lookup returns the built-in aspect called name.
func Lookup(name string) (*Definition, bool) {
	for _, d := range Builtin() {
		if d.Name == name {
			return d, true
		}
	}
	return nil, false
}

// DefaultOrder lists every aspect's name, outermost first. Custom advice runs inside all of them, next to the body.
func DefaultOrder() []string {
	names := make([]string, 0, len(Builtin()))
	for _, d := range Builtin() {
		names = append(names, d.Name)
	}
	return names
}

// examples are the programs of Definition.Example. They are in a folder that the go command ignores, because each is a
// package main.
//
//go:embed _examples/*.go
var examples embed.FS

// example returns the example of the aspect called name, "" if it has none.
func example(name string) string {
	text, _ := examples.ReadFile("_examples/" + name + ".go")
	return string(text)
}
