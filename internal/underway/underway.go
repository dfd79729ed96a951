package underway

import (
	"fmt"
	"path"
	"runtime"
	"strings"
	"sync/atomic"
)

// Work is something that the tool does with a part of the user's source.
type Work struct {
	Verb string // plan, weave, generate, …
	Of   string // what of: "example.com/shop.(*Service).Place", a package or a file
	At   string // where that stands, file:line:col; "" if it is a file or package itself
	Off  string // how to go on without it
}

// How to go on without a part of the source.
const (
	OffAbove    = "to go on without it, put //instrument:off with a reason above it"
	OffRules    = "to go on without it, remove its directives, and keep rules from it with aspects.Exclude"
	OffNowhere  = "nothing in the source is known to be the cause"
	reportIt    = "this is a mistake of instrument's own: please report it"
	modulePath  = "github.com/instrumentgo/instrument/"
	packagePath = modulePath + "internal/underway."
)

// Error is a panic, with the innermost work that was under way.
type Error struct {
	Work
	Value any    // that the panic had
	Place string // the tool's own file and line, such as "analysis/plan/names.go:12"; "" if there is none
}

// Error returns one line, whatever the panic's value says.
func (e *Error) Error() string {
	text := strings.TrimSpace(e.Verb + " " + e.Of)
	if e.At != "" {
		text = e.At + ": " + text
	}
	text += ": " + strings.Join(strings.Fields(fmt.Sprint(e.Value)), " ")
	if e.Place != "" {
		text += ", at " + e.Place
	}
	return text + " (" + reportIt + "; " + e.Off + ")"
}

// Do does some work. A panic in it goes on as an [*Error], which names the innermost work.
func Do(w Work, do func()) {
	defer func() {
		if v := recover(); v != nil {
			panic(from(w, v))
		}
	}()
	if fault := fault.Load(); fault != nil {
		(*fault)(w)
	}
	do()
}

// Recover makes a panic an error. It must be deferred itself. What w says counts if no work within
// was under way.
func Recover(w Work, err *error) {
	if v := recover(); v != nil {
		*err = from(w, v)
	}
}

func from(w Work, v any) *Error {
	if e, ok := v.(*Error); ok {
		return e
	}
	return &Error{Work: w, Value: v, Place: place()}
}

// place is where in this module the panic began. The frames are those of the deferred call, which
// runs on top of what panicked.
func place() string {
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs)])
	for more := true; more; {
		var f runtime.Frame
		f, more = frames.Next()
		if rest, ok := strings.CutPrefix(f.Function, modulePath); ok && !strings.HasPrefix(f.Function, packagePath) {
			dir, name := path.Split(rest)
			pkg, _, _ := strings.Cut(name, ".")
			return fmt.Sprintf("%s%s/%s:%d", dir, pkg, path.Base(f.File), f.Line)
		}
	}
	return ""
}

// fault is called before each work, for tests.
var fault atomic.Pointer[func(Work)]

// Inject has a test's function called before each work, which may panic there. It returns a
// function that ends this.
func Inject(f func(Work)) (end func()) {
	fault.Store(&f)
	return func() { fault.Store(nil) }
}
