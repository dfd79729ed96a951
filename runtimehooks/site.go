package runtimehooks

import (
	"cmp"
	"sync"
	"sync/atomic"

	"github.com/instrumentgo/instrument/runtimehooks/internal/telemetry"
)

// Scope is "github.com/instrumentgo/instrument", the name of the instrumentation scope of every
// span and metric. It is the instrumentation's name, as the OpenTelemetry specification wants it
// for code that instruments another package; the instrumented function is in the attribute
// code.function.name.
const Scope = telemetry.Scope

// Site is one woven function or call with its aspects: static data, declared as a package-level
// composite literal, completed at its first call. It must not be copied after that.
type Site struct {
	// Function is the function as runtime.FuncForPC names it, which is the attribute
	// code.function.name: "example.com/shop/orders.(*Service).Place". A call site has the function
	// that holds the call and what is called: "… calls http.(*Client).Do", and a go statement what
	// it starts: "… go orders.(*Service).watch", with a number if there are several. That identifies
	// it in policy files, metrics and errors; spans have the function.
	Function string
	Name     string // default span name, and message of the log record: "Service.Place"

	// GoName is what runtime.FuncForPC says where that is not Function, which is code.function.name:
	// of a function literal, whose Function is what holds it and its route,
	// "example.com/shop/web.routes handler GET /orders", it is "example.com/shop/web.routes.func1".
	GoName string

	// Goroutine says that it is what a go statement starts. Nobody gets its results, so a panic that
	// the recover aspect ends is logged, and metrics have how many run.
	Goroutine bool

	Stacks []string // the stacks that its aspects came from, for overrides

	Aspects // as the code says; those in effect may differ

	building sync.Mutex
	state    atomic.Pointer[state] // nil before the first call
}

// Aspects are the aspects of a site with their options. One that is nil is absent, or disabled.
type Aspects struct {
	Recover    *Recover
	Trace      *Trace
	Metrics    *Metrics
	Log        *Log
	Limit      *Limit
	Authz      *Authz
	Validate   *Validate
	Idempotent *Idempotent
	Cache      *Cache
	Fallback   *Fallback
	Timeout    *Timeout
	Hedge      *Hedge
	Retry      *Retry
	Breaker    *Breaker
	Bulkhead   *Bulkhead
	Around     []Advice // custom advice, outermost first
}

// Call returns the record of one call of the function, to be kept in a local variable. Its Enter
// comes next. Woven functions write Call{Site: s} instead, which the compiler makes in place.
func (s *Site) Call() Call { return Call{Site: s} }

// CodeName returns the attribute code.function.name of the site's metrics.
func (s *Site) CodeName() string { return cmp.Or(s.GoName, s.Function) }
