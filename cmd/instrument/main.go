// Command instrument weaves tracing, metrics, retries, circuit breakers and other concerns into Go
// functions while they are built. Run "instrument help" for usage.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"

	"github.com/instrumentgo/instrument/internal/gobuild"
	"github.com/instrumentgo/instrument/internal/suggest"
	"github.com/instrumentgo/instrument/internal/underway"

	// Woven code imports these packages. This program imports them as well, so that every module
	// that has the program as a tool requires their module, with its checksums and vendored
	// packages.
	_ "github.com/instrumentgo/instrument/runtimehooks"
	_ "github.com/instrumentgo/instrument/runtimehooks/cachehooks"
	_ "github.com/instrumentgo/instrument/runtimehooks/httphooks"
)

// Exit statuses.
const (
	fine     = 0
	findings = 1 // findings, differences, or a stale file
	failed   = 2 // wrong usage, or an error in the tool's environment
)

func main() {
	dir, err := os.Getwd()
	if err != nil {
		fmt.Fprintf(os.Stderr, "instrument: find working folder: %v\n", err)
		os.Exit(failed)
	}
	os.Exit(run(dir, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// command holds what a verb works with.
type command struct {
	ctx    context.Context
	dir    string // working folder, absolute
	args   []string
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
}

// verb is one verb of the command line.
type verb struct {
	name, args string
	does       string
	run        func(*command) (int, error)
}

func verbs() []verb {
	return []verb{
		{"go", "build|run|test|install|vet|list …", "the go command, woven; all its flags are passed on", goVerb},
		{"toolexec", "", "for go build -toolexec=\"instrument toolexec\", after generate", toolexecVerb},
		{"generate", "[-check] [build flags] [packages]", "write instrument_gen.go where needed; without packages, in the whole module",
			generateVerb},
		{"init", "[-n]", "look at the module, and write a rule file for it, and the directive on main; -n prints them instead", initVerb},
		{"plan", "[-summary | -json] [build flags] [packages]",
			"print every woven function with its aspects, and every skip with its reason; -summary only counts them", planVerb},
		{"diff", "[build flags] [packages]", "print what weaving changes, as a unified diff; exit status 1 if anything", diffVerb},
		{"check", "-env names [-json] [build flags] [packages]", "check every binding against environment files, such as -env dev,prod",
			checkVerb},
		{"graph", "[-format mermaid|dot|json|svg|html] [-env names] [-o file] [build flags] [packages]",
			"draw which service uses which bindings and services", graphVerb},
		{"doc", "[aspect]", "print the aspects and presets, or everything about one of them, with an example that runs", docVerb},
		{"version", "", "print the version", versionVerb},
	}
}

// run runs the command line and returns the exit status.
func run(dir string, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	if len(args) == 0 {
		usage(stderr)
		return failed
	}
	name := args[0]
	switch name {
	case "help", "-h", "-help", "--help":
		usage(stdout)
		return fine
	}
	i := slices.IndexFunc(verbs(), func(v verb) bool { return v.name == name })
	if i < 0 {
		fmt.Fprintf(stderr, "instrument: verb must be one of those that instrument help lists, not %q%s\n", name, misuse(name))
		return failed
	}
	ctx := context.Background()
	if name != "go" && name != "toolexec" { // these two wait for a child process, which gets the signal itself
		var stop context.CancelFunc
		ctx, stop = signal.NotifyContext(ctx, os.Interrupt)
		defer stop()
	}
	code, err := verbs()[i].guarded(&command{ctx, dir, args[1:], stdin, stdout, stderr})
	var bad usageError
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprintf(stdout, "usage: %s\n\n%s\n", verbs()[i].line(), verbs()[i].does)
		return fine
	case errors.As(err, &bad):
		fmt.Fprintf(stderr, "instrument %s: %v\nusage: %s\n", name, err, verbs()[i].line())
		return failed
	case err != nil:
		fmt.Fprintf(stderr, "instrument %s: %v\n", name, err)
		return failed
	}
	return code
}

// guarded runs the verb. No panic leaves it.
func (v verb) guarded(c *command) (code int, err error) {
	work := underway.Work{Verb: "run", Of: v.name, Off: underway.OffNowhere}
	if pkg := gobuild.ImportPath(); v.name == "toolexec" && pkg != "" {
		work = underway.Work{Verb: "compile", Of: pkg, Off: underway.OffRules}
	}
	code = failed
	defer underway.Recover(work, &err)
	underway.Do(work, func() { code, err = v.run(c) })
	return code, err
}

// usageError is an error of the command line.
type usageError struct{ error }

func (v verb) line() string { return strings.TrimSpace("instrument " + v.name + " " + v.args) }

// misuse recognizes a verb of the go command, and a misspelt verb.
func misuse(name string) string {
	if slices.Contains(wovenVerbs, name) {
		return fmt.Sprintf(" (write: instrument go %s)", name)
	}
	var names []string
	for _, v := range verbs() {
		names = append(names, v.name)
	}
	if hint := suggest.DidYouMean(name, names); hint != "" {
		return " (" + hint + ")"
	}
	return ""
}

// widestArgs is the width of the column for a verb's arguments.
const widestArgs = 36

func usage(w io.Writer) {
	fmt.Fprint(w, `instrument weaves tracing, metrics, retries, circuit breakers and other concerns into Go functions while they are built.

usage: instrument <verb> [arguments]

`)
	for _, v := range verbs() {
		args := v.args
		if len(args) > widestArgs { // the text begins on the next line
			fmt.Fprintf(w, "  %-9s %s\n", v.name, args)
			fmt.Fprintf(w, "  %-9s %-*s %s\n", "", widestArgs, "", v.does)
			continue
		}
		fmt.Fprintf(w, "  %-9s %-*s %s\n", v.name, widestArgs, args, v.does)
	}
	fmt.Fprint(w, `
A function says what it needs in directives above it (//instrument:trace), or a rule file does for many (//go:build instrument).
Exit status: 0 fine, 1 findings or differences, 2 wrong usage or a failure. INSTRUMENT=off in a woven program's environment
switches everything off. INSTRUMENT_CACHE names the cache folder, by default instrument in the user's cache folder.
`)
}
