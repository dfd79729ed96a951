package aspects

import (
	"embed"
	"slices"

	"github.com/instrumentgo/instrument/internal/option"
)

// Kind is the type of an option's value.
type Kind = option.Kind

// The kinds of option values. The text forms are those of a directive.
const (
	Duration = option.Duration  // as time.ParseDuration reads it: 50ms, 2s
	Int      = option.Int       // decimal
	Float    = option.Float     // decimal
	Bool     = option.Bool      // true or false
	String   = option.String    // any text; quote it when it holds a space
	Level    = option.Level     // debug, info, warn or error
	PerTime  = option.Rate      // a number per second, minute, hour or duration: 100/s, 5/m, 10/250ms
	Size     = option.Window    // a number of calls, or a duration: 20, 30s
	Scheme   = option.Challenge // an authentication scheme and its parameters: Bearer, Basic realm="shop"
	Func     = option.Func      // a declared function, func(error) bool, or one of all results
	Closer   = option.Closer    // a declared function, func(T), that takes a result
	Call     = option.Call      // a function that is called with some of the parameters: package-level, or a method of one of them
	Sentinel = option.Sentinel  // a package-level variable of type error; may be repeated
	Path     = option.Path      // a parameter, or a field path that starts at one; may be repeated
	Key      = option.Key       // an expression over the parameters whose value is a key, or a part of one; may be repeated
	Expr     = option.Expr      // an expression over the parameters and the package's variables
	Result   = option.Result    // a result's name, or its index counted from 0
)

// Option documents one option of an aspect.
type Option struct {
	// Spec is what the option may be: its Aspect, Name and Kind; whether it may be given without
	// its name (Value); whether it must be given (Need), with an example (Like); its Default; and
	// its bounds Min, Max and OneOf.
	option.Spec

	Rule string // the function of this package that sets it in a rule file; "" if only the constructor's own argument does
	Own  bool   // is the first argument of the constructor
	// Field is the field of the run-time type that holds it; "" if it only steers the weaving. A
	// rate also sets Per; a window that is a duration sets Period instead.
	Field string
	Doc   string
	Why   string // the argument for its default, or for having none; "" where there is nothing to argue
}

// Needs says what a function must have for an aspect to make sense on it.
type Needs struct {
	Context    string // why a context.Context (or request) is needed; "" if it is not
	Own        string // why a request is not enough and it must be a parameter of type context.Context; "" if it is
	Error      string // why a result of type error is needed; "" if it is not
	Plain      string // why every result must be a plain value, complete at return; "" if any result will do
	Unowned    string // why no result may be, or hold, what somebody must close; "" if one may
	JSON       string // why every result must have a form in JSON; "" if it need not
	Ground     string // why it cannot be woven into a function with type parameters; "" if it can
	NoResponse string // why it cannot be woven into a net/http handler; "" if it can
}

// Definition documents one built-in aspect: everything that the directive parser, the rule reader,
// the generator and the documentation know about it.
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

// DefaultOrder lists every aspect's name, outermost first. Custom advice runs inside all of them,
// next to the body.
func DefaultOrder() []string { return option.Aspects() }

// examples are the programs of Definition.Example. They are in a folder that the go command
// ignores, because each is a package main.
//
//go:embed _examples/*.go
var examples embed.FS

// example returns the example of the aspect called name, "" if it has none.
func example(name string) string {
	text, _ := examples.ReadFile("_examples/" + name + ".go")
	return string(text)
}
