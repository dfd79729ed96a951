package rewrite

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"regexp"
	"strings"
	"testing"

	"github.com/instrumentgo/instrument/analysis/plan"
)

// stubs are the packages that test inputs import, with no more than they use. The run-time packages have the methods that
// woven code may call, with their signatures.
var stubs = map[string]string{
	"context": `package context
type Context interface { Err() error; Value(key any) any }
func Background() Context
func WithValue(parent Context, key, value any) Context`,
	"errors": `package errors
func New(text string) error`,
	"io": `package io
type Reader interface { Read(p []byte) (n int, err error) }
type ReaderFrom interface { ReadFrom(r Reader) (n int64, err error) }`,
	"iter": `package iter
type Seq[V any] func(yield func(V) bool)`,
	"log/slog": `package slog
type Level int
const LevelInfo Level = 0`,
	"net/http": `package http
import "context"
type Header map[string][]string
type ResponseWriter interface { Header() Header; Write([]byte) (int, error); WriteHeader(code int) }
type URL struct { Path string }
type Request struct { URL *URL; Method string; Header Header }
func (h Header) Get(key string) string
func (r *Request) Context() context.Context
func (r *Request) WithContext(ctx context.Context) *Request
type Flusher interface { Flush() }
type Hijacker interface { Hijack() (int, int, error) }`,
	"time": `package time
type Duration int64
const ( Nanosecond Duration = 1; Microsecond = 1000*Nanosecond; Millisecond = 1000*Microsecond; Second = 1000*Millisecond; Minute = 60*Second; Hour = 60*Minute )`,
	hooksPath: `package runtimehooks
import ("context"; "log/slog"; "time")
type Site struct {
	Function, Name string
	Stacks []string
	Recover *Recover; Trace *Trace; Metrics *Metrics; Log *Log; Limit *Limit; Authz *Authz; Validate *Validate; Idempotent *Idempotent
	Cache *Cache; Fallback *Fallback; Timeout *Timeout; Hedge *Hedge; Retry *Retry; Breaker *Breaker; Bulkhead *Bulkhead
	Around []Advice
}
type Recover struct { Status int }
type Trace struct { Name, Kind string }
type Metrics struct {}
type Log struct { Level slog.Level; Slow time.Duration }
type Timeout struct { After time.Duration }
type Limit struct { Name string; Rate int; Per time.Duration; Burst int; Wait time.Duration }
type Authz struct {}
type Validate struct {}
type Idempotent struct { TTL, Lease, Wait time.Duration }
type Cache struct { TTL time.Duration; Size int; Negative bool; Store func(size int, ttl time.Duration) CacheStore }
type CacheStore interface { Len() int }
type IdempotencyStore interface { Release(key string) error }
type Fallback struct { On, Skip []*error }
type Hedge struct { Delay time.Duration; Max int; Budget float64 }
type Retry struct { Attempts int; Initial, Max time.Duration; Factor, Jitter float64; Elapsed, Each time.Duration; Budget float64; Spans string; If, Unless func(error) bool; On, Abort []*error }
type Breaker struct { Name string; Failures int; Rate float64; Window int; Period time.Duration; Min int; Slow time.Duration; SlowRate float64; Cooldown time.Duration; Probes int; On, Skip []*error }
type Bulkhead struct { Name string; Max int; Wait time.Duration; Queue int }
type Advice struct { Name string; Func func(context.Context, *Site, func(context.Context) error) error }
type Call struct { site *Site }
func (s *Site) Call() Call
func (c *Call) Enter(ctx context.Context) context.Context
func (c *Call) EnterRoot()
func (c *Call) Context() context.Context
func (c *Call) Recording() bool
func (c *Call) Attr(key string, value any)
func (c *Call) Limit(err *error, key string) bool
func (c *Call) Authorize(err *error, denied error) bool
func (c *Call) Validate(err *error, invalid error) bool
func (c *Call) Claim(err *error, store IdempotencyStore, key string, results ...any) bool
func (c *Call) Cached(err *error, key string) ([]any, bool)
func (c *Call) Key(parts ...any) string
func (c *Call) Keyed(key string)
func (c *Call) Start(ctx context.Context) context.Context
func (c *Call) Outer() context.Context
func (c *Call) Fallback(err *error) bool
func (c *Call) Keep(err *error, results ...any)
func (c *Call) Settle(err *error, results ...any)
func (c *Call) Hedge(branch func(call *Call, ctx context.Context) (won func(), err error)) error
func Register(sites ...*Site) struct{}
func (c *Call) Allow(err *error) bool
func (c *Call) Next(err *error) bool
func (c *Call) Around(ctx context.Context, next func(context.Context) error) error
func (c *Call) Exit(err *error)
func (c *Call) Leave()
func (c *Call) ExitValue(result any)`,
	cachePath: `package cachehooks
import ("time"; "github.com/instrumentgo/instrument/runtimehooks")
func New(size int, ttl time.Duration) runtimehooks.CacheStore`,
	httpPath: `package httphooks
import ("context"; "net/http"; "github.com/instrumentgo/instrument/runtimehooks")
type Site struct { Site runtimehooks.Site }
type Call struct { site *Site }
func (s *Site) Call() Call
func (c *Call) Enter(w http.ResponseWriter, r *http.Request) (http.ResponseWriter, *http.Request)
func (c *Call) Recording() bool
func (c *Call) Attr(key string, value any)
func (c *Call) Limit(key string) bool
func (c *Call) Authorize(denied error) bool
func (c *Call) Validate(invalid error) bool
func (c *Call) Key(parts ...any) string
func (c *Call) Keyed(key string)
func (c *Call) Start(r *http.Request) *http.Request
func (c *Call) Allow() bool
func (c *Call) Exit()
type RequestSite struct { Site runtimehooks.Site }
type RequestCall struct { runtimehooks.Call }
func (s *RequestSite) Call() RequestCall
func (c *RequestCall) Enter(r *http.Request) *http.Request
func (c *RequestCall) Request(r *http.Request, ctx context.Context) *http.Request
func (c *RequestCall) Within(r *http.Request)
func (c *RequestCall) HandBack()`,
}

// stubImporter type-checks the stubs. Bodies are absent: the checker does not ask for them where errors are let through.
type stubImporter map[string]*types.Package

func (i stubImporter) Import(path string) (*types.Package, error) {
	if pkg := i[path]; pkg != nil {
		return pkg, nil
	}
	src, ok := stubs[path]
	if !ok {
		return nil, fmt.Errorf("there is no stub of %s", path)
	}
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, path+".go", src, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	config := types.Config{Importer: i, IgnoreFuncBodies: true}
	pkg, err := config.Check(path, fset, []*ast.File{file}, nil)
	i[path] = pkg
	return pkg, err
}

// siteDecls declares the variables that woven text refers to, as the generated file would.
func siteDecls(pkg string, sites []*plan.Site) string {
	var b strings.Builder
	fmt.Fprintf(&b, "package %s\nimport hooks_ %q\nimport http_ %q\nimport context_ \"context\"\n", pkg, hooksPath, httpPath)
	b.WriteString("var _ hooks_.Site\nvar _ http_.Site\nvar _ context_.Context\n")
	declared := map[string]bool{}
	for _, s := range sites {
		if n := s.Numbered; (s.Around || s.Hedge) && !declared[n] {
			declared[n] = true
			fmt.Fprintf(&b, "type instrumentContext%s = context_.Context\ntype instrumentError%s = error\ntype instrumentCall%s = hooks_.Call\n", n, n, n)
		}
		site := "hooks_.Site"
		switch s.Entry {
		case plan.EntryHTTP:
			site = "http_.Site"
		case plan.EntryRequest, plan.EntryParent:
			site = "http_.RequestSite"
		}
		fmt.Fprintf(&b, "var %s %s\n", s.Var, site)
	}
	return b.String()
}

// checkTypes type-checks a file together with the variables of its sites.
func checkTypes(t *testing.T, src []byte, sites []*plan.Site) {
	t.Helper()
	if sites == nil {
		checkTypesWith(t, src)
		return
	}
	file, err := parser.ParseFile(token.NewFileSet(), "", src, parser.PackageClauseOnly)
	if err != nil {
		t.Fatal(err)
	}
	checkTypesWith(t, src, siteDecls(file.Name.Name, sites))
}

// checkTypesWith type-checks a file together with others of its package.
func checkTypesWith(t *testing.T, src []byte, others ...string) {
	t.Helper()
	fset := token.NewFileSet()
	var files []*ast.File
	for i, text := range append([]string{string(src)}, others...) {
		file, err := parser.ParseFile(fset, fmt.Sprintf("file%d.go", i), text, parser.SkipObjectResolution)
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		files = append(files, file)
	}
	var failures []string
	config := types.Config{Importer: stubImporter{}, Error: func(err error) { failures = append(failures, err.Error()) }}
	config.Check("example.com/checked", fset, files, nil)
	if len(failures) > 0 {
		t.Errorf("%s\n%s", strings.Join(failures, "\n"), src)
	}
}

// bindingStubs adds what the generated text of bindings calls.
func bindingStubs() {
	for path, text := range map[string]string{
		"errors": `package errors
func New(text string) error
func Join(errs ...error) error`,
		"io": `package io
type Reader interface { Read(p []byte) (n int, err error) }
type ReadCloser interface { Reader; Close() error }
type ReaderFrom interface { ReadFrom(r Reader) (n int64, err error) }`,
		"database/sql": `package sql
type DB struct {}`,
		"example.com/shop/events": `package events
import ("context"; "github.com/instrumentgo/instrument/bindings")
type Cart struct {}
type Paid struct {}
type Bank interface { Ping() error }
var Migrations interface{}
func OpenBank(ctx context.Context, p *bindings.Platform, name string) (Bank, error)`,
		bindingsPath: `package bindings
type Platform struct {}
type Kind string
const ( KV, Topic, Lock, Blob, SQL, Service, Secret, Config Kind = "", "", "", "", "", "", "", "" )
type Need struct { Name string; Kind Kind; Position string }`,
		bindingsPath + "/kv": opened("kv", `type Of[K, V any] struct {}
func Open[K, V any](ctx context.Context, p *bindings.Platform, name string, options ...int) (Of[K, V], error)`),
		bindingsPath + "/topic": opened("topic", `type Of[T any] struct {}
type Option int
func Open[T any](ctx context.Context, p *bindings.Platform, name string, options ...int) (Of[T], error)
func Handle[T any](ctx context.Context, p *bindings.Platform, name, group string, handle func(context.Context, T) error, options ...Option) error
func Concurrency(n int) Option
func MaxDeliveries(n int) Option
func Lease(d time.Duration) Option
func FromNow() Option`),
		bindingsPath + "/lock": opened("lock", `type Locks struct {}
func Open(ctx context.Context, p *bindings.Platform, name string, options ...int) (Locks, error)`),
		bindingsPath + "/blob": opened("blob", `type Bucket struct {}
type Reader struct {}
func (r *Reader) Read(p []byte) (int, error)
func (r *Reader) Close() error
func (b Bucket) Get(ctx context.Context, key string) (*Reader, error)
func (b Bucket) Put(ctx context.Context, key string, r interface { Read(p []byte) (n int, err error) }, options ...int) (string, error)
func (b Bucket) Delete(ctx context.Context, key string) error
func Open(ctx context.Context, p *bindings.Platform, name string, options ...int) (Bucket, error)`),
		bindingsPath + "/secret": opened("secret", `type Secret struct {}
type Source struct {}
func Get(ctx context.Context, p *bindings.Platform, name string, options ...int) (Secret, error)
func Open(ctx context.Context, p *bindings.Platform, name string, options ...int) (Source, error)`),
		bindingsPath + "/config": opened("config", `type Of[T any] struct {}
func Open[T any](ctx context.Context, p *bindings.Platform, name string, options ...func(T)) (Of[T], error)
func PerTenant[T any]() func(T)`),
		sqldbPath: opened("sqldb", `type Tenants struct {}
func Migrations(files any) int
func Open(ctx context.Context, p *bindings.Platform, name string, options ...int) (*sql.DB, error)
func OpenTenants(ctx context.Context, p *bindings.Platform, name string, options ...int) (Tenants, error)`),
		servicePath: opened("service", `type API struct { Name string; Errors map[string]error; Idempotent []string }
type Client struct {}
type Ref[S any] struct {}
type Handler struct {}
type HandlerOption int
type None struct {}
func (r *Ref[S]) Get(ctx context.Context, method string) (S, error)
func Open[S any](ctx context.Context, p *bindings.Platform, name string, api API, remote func(*Client) S, local func(*Ref[S]) S) (S, error)
func Provide[S any](p *bindings.Platform, name string, impl S) error
func NewHandler(api API, options ...HandlerOption) *Handler
func Handle[In, Out any](h *Handler, name string, do func(ctx context.Context, in *In) (Out, error))
func Call[Out any](ctx context.Context, c *Client, method string, in any) (Out, error)`),
	} {
		stubs[path] = text
	}
}

var genericFunc = regexp.MustCompile(`(?m)^func \w+\[.*$`)

// opened is the source of a package of bindings.
func opened(name, text string) string {
	text = genericFunc.ReplaceAllString(text, "$0 { panic(0) }") // the checker asks for the bodies of generic functions
	head := "package " + name + "\nimport (\"context\"; \"time\"; \"database/sql\"; \"" + bindingsPath + "\")\nvar ( _ time.Duration; _ sql.DB )\n"
	if !strings.Contains(text, "PerTenant") {
		text += "\nfunc PerTenant() int"
	}
	return head + text
}
