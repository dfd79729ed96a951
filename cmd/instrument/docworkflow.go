package main

import (
	_ "embed" // of the example
	"strings"
)

// Directives that are not aspects, and that have a page of their own in doc.

//go:embed _examples/workflow.go
var workflowExample string

// directivePage is what doc says of such a directive.
type directivePage struct {
	name, title, written string
	paragraphs           []string
	example              string
}

var directivePages = []directivePage{
	{
		name: "workflow", title: "makes a method the body of a workflow, whose runs go on after a crash", written: "//instrument:workflow checkouts",
		paragraphs: []string{
			"The method is a func(context.Context, In) (Out, error) of a struct marked //instrument:bind; the name is that of a binding of kind workflow, whose environment entry says which engine keeps the runs. The generated function that binds registers it, and it runs from when the platform starts. A field workflow.Of[In, Out] starts runs and asks for their results.",
			"After an interruption the body runs again from its beginning, and its steps return what is recorded of them. So it must make the same calls whenever it runs: the clock, random numbers, pauses and goroutines it has from package workflow (Now, Random, Sleep, Wait, All), and everything else that changes it does in steps. What it does otherwise is an error, unless a function that it calls is marked //instrument:off.",
			"When it returns an error, panics or is canceled, the steps that it has done are undone, the last one first. What cannot be undone leaves the run stuck, which List shows, until Retry or Skip.",
		},
		example: workflowExample,
	},
	{
		name: "step", title: "records the calls of a function where the body of a workflow makes them", written: "//instrument:step [compensate=F]",
		paragraphs: []string{
			"The function takes a context first and returns an error last; what is between has a form in JSON. With the context of a body its call is recorded with arguments and results, made at least once, and not again after that; with any other context it is the ordinary call, and costs no allocation. All aspects are inside of what is recorded.",
			"compensate names what undoes it: a method of the same receiver or a function of the package, which takes the step's arguments and then its results, and returns an error. It is called at least once when the run fails, and tried again if it fails.",
		},
		example: workflowExample,
	},
}

// directive prints a page.
func (w *page) directive(d *directivePage) {
	w.text("", d.name+": "+d.title)
	w.line("")
	w.text("    ", d.written)
	for _, text := range d.paragraphs {
		w.line("")
		w.text("", text)
	}
	w.line("")
	w.text("", "Example:")
	w.line("")
	for line := range strings.Lines(d.example) {
		w.line(strings.TrimRight("    "+line, " \n"))
	}
}
