package aspects

import "github.com/instrumentgo/instrument/internal/option"

// Preset is a stack that every module has, to be used by rules with [Use] and by functions with the
// directive "//instrument:use". A rule file that declares a stack of the same name replaces it.
// Where an aspect of a preset does not fit a function, it is left out, and the plan says why.
type Preset struct {
	Name  string
	Title string // one line
	Doc   string // paragraphs
	Parts []PresetPart
}

// PresetPart is one aspect of a preset.
type PresetPart struct {
	Aspect  string
	Options []string // as a directive writes them
	Why     string   // why it is there, and with these options
}

// Presets returns the stacks that every module has, sorted by name.
func Presets() []Preset { return presets }

var presets = []Preset{
	{
		Name:  "client",
		Title: "for functions that call another service",
		Doc: `What a function that calls another service needs to survive that service's bad days. It
retries a failed call: if the other side must not do the same thing twice, give it an idempotency
key, or write //instrument:retry attempts=1 next to it. Bulkhead and limit are left out, because
they need a number that only the other side knows.`,
		Parts: []PresetPart{
			{option.Trace, []string{"kind=client"}, "the span stands for the other side's work, and tracing backends show it like that"},
			{option.Metrics, nil, "alerts are made from its duration and errors"},
			{option.Timeout, []string{"10s"},
				"a call without a deadline holds its caller for as long as the other side likes; 10 s is more than a person waits, " +
					"and leaves time for all attempts"},
			{option.Retry, nil,
				"three attempts within a budget, for the reasons given with the defaults: transient faults are not noticed, " +
					"and in an outage the load grows by no more than a fifth"},
			{option.Breaker, nil,
				"five failures in a row mean that the other side is down: for 5 s calls fail at once, and it gets time to come back"},
		},
	},
	{
		Name:  "server",
		Title: "for handlers and entry points of a service",
		Doc: `What fits every entry point of a service without knowing anything about it: each call is
observed, none can take the process down, and none runs forever. Limit and bulkhead are left out,
because they need a number, and a wrong one refuses good calls. A handler that streams for longer
than the deadline needs a stack of its own.`,
		Parts: []PresetPart{
			{option.Recover, nil,
				"one bad request must not end the others: net/http would survive it, " +
					"but a panic in any other goroutine takes the process down"},
			{option.Trace, nil, "a request's trace begins here, or continues from its headers"},
			{option.Metrics, nil, "rate, errors and duration of each entry point are the first thing to look at"},
			{option.Log, []string{"level=debug"},
				"failures are logged as errors; successes only where debug is on, because metrics count them and traces show them"},
			{option.Timeout, []string{"30s"},
				"the caller is gone by then: browsers and load balancers give up after 30 to 60 s, and work for nobody prolongs an overload"},
		},
	},
}
