package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"go/token"
	"path/filepath"
	"slices"

	"github.com/instrumentgo/instrument/internal/option"
)

// Version is the version of the JSON form of a plan. It grows when a field is removed or changes
// its meaning.
const Version = 2

// Plan is every site and every skip of a set of packages, sorted by import path and position. It is
// the only value that analysis passes to the stages after it.
type Plan struct {
	Version  int        `json:"version"` // of this form: the constant Version
	Packages []*Package `json:"packages"`
	// Files with directives or rules that the build constraints exclude, relative to their module's
	// root.
	Unloaded []string `json:"unloaded,omitempty"`
	Packs    []Pack   `json:"packs,omitempty"` // whose rules are included, sorted by path
}

// Package is the plan of one package.
type Package struct {
	Path      string   `json:"path"`
	Name      string   `json:"name"`
	Dir       string   `json:"-"` // absolute; never printed
	Files     []string `json:"-"` // base names of the Go files, cgo files among them
	ModuleDir string   `json:"-"` // absolute root of the module; Position.File is relative to it
	Tags      string   `json:"-"` // build tags that a generated file records
	Demanded  string   `json:"-"` // a rule of the main modules that weaves something here; "" where only rules of packs do
	// Names declared in the package's scope, which the generated file must not use for imports.
	Taken      []string     `json:"-"`
	Live       bool         `json:"live,omitempty"`     // a main package that reads the policy file
	Page       *StatePage   `json:"page,omitempty"`     // the state page that a main package serves; nil for none
	ReadOnly   bool         `json:"readOnly,omitempty"` // in the module cache, where no file can be added or replaced
	Hash       string       `json:"hash"`               // of everything below
	Sites      []*Site      `json:"sites"`
	Calls      []*CallSite  `json:"calls,omitempty"`
	CallFuncs  []*CallFunc  `json:"callFuncs,omitempty"` // that Calls become calls of, in the order of the first ones
	Contexts   []ContextVar `json:"contexts,omitempty"`
	Decorators []Decorator  `json:"decorators,omitempty"`
	Binds      []Bind       `json:"binds,omitempty"`
	Services   []Service    `json:"services,omitempty"`
	Skips      []Skip       `json:"skips,omitempty"`
}

// Shape is how a body is woven.
type Shape string

const (
	Prologue Shape = "prologue" // statements before an untouched body, and one deferred call
	Attempt  Shape = "attempt"  // the body as a function literal with the original parameters, called in a loop
)

// ErrKind is the type of the result that says whether a call failed.
type ErrKind string

const (
	ErrNone     ErrKind = ""         // no such result
	ErrError    ErrKind = "error"    // the predeclared type
	ErrConcrete ErrKind = "concrete" // another type that implements error
)

// Site is one function with its resolved aspects, and everything that rewriting its body needs to
// know.
type Site struct {
	Func string `json:"func"` // key in the package: "Place", "Service.Get", "(*Service).Place", without type parameters
	// Func as the declaration spells it, where the receiver's type has an alias there:
	// "(*Svc).Place". "" if it is the same.
	Spelt  string `json:"spelt,omitempty"`
	Symbol string `json:"symbol"` // as runtime.FuncForPC names it: "example.com/shop/orders.(*Service).Place"
	// Where the function literal is that the site is, nil for a declared function. Func is then what
	// holds it and its route, "routes handler GET /orders", Symbol is that with the package, and GoName
	// is what runtime.FuncForPC says: "example.com/shop/web.routes.func1".
	Literal *Literal `json:"literal,omitempty"`
	GoName  string   `json:"goName,omitempty"`
	Pos     Position `json:"pos"`  // of the func keyword
	Var     string   `json:"var"`  // package-level variable that holds the site at run time
	Name    string   `json:"name"` // default span name
	Shape   Shape    `json:"shape"`
	Entry   *Entry   `json:"entry"`
	// What the entry is of; nil unless a pack declares it.
	Declared *Declared `json:"declared,omitempty"`
	// How policies understand its response; nil if they look at the error alone.
	Exchange *Exchange `json:"exchange,omitempty"`
	// Index, among the parameters counted one by one, of what the entry holds; -1 for nothing; a
	// writer is at Ctx-1.
	Ctx     int     `json:"ctx"`
	Err     int     `json:"err"` // index, among the results counted one by one, of the error; -1 for ErrNone
	ErrAs   ErrKind `json:"errKind,omitempty"`
	Allow   bool    `json:"allow,omitempty"`   // a breaker or bulkhead under the prologue shape: the call can be refused before the body
	Around  bool    `json:"around,omitempty"`  // has custom advice
	Hedge   bool    `json:"hedge,omitempty"`   // the loop is in a function literal that runs once per branch
	Made    []int   `json:"made,omitempty"`    // indexes of the results that must be closed if their branch of a hedge loses
	Retry   bool    `json:"retry,omitempty"`   // each attempt has a context of its own
	Start   bool    `json:"start,omitempty"`   // the deadline begins after what may refuse the call
	Started bool    `json:"started,omitempty"` // it is what a go statement starts
	Passed  bool    `json:"passed,omitempty"`  // Var is a parameter: callers pass the address of their site
	Starter string  `json:"starter,omitempty"` // parameter with the context in which it is started; "" for none
	// Package-level function whose result the function defers before anything else; "" for none. It
	// sets up what func main needs, or keeps sites quiet in a function that telemetry calls. A
	// function that is not woven otherwise has no aspects, and no Var.
	Setup string `json:"setup,omitempty"`
	Quiet bool   `json:"quiet,omitempty"` // Setup keeps sites quiet
	// Number after the names of the types that woven bodies spell, instrumentContext,
	// instrumentError and instrumentCall; "" unless the package uses these.
	Numbered string `json:"numbered,omitempty"`
	// What makes it a step of workflows; nil unless it is one. A function that is not woven otherwise
	// has no aspects, and no Var.
	Record  *Record  `json:"record,omitempty"`
	Attrs   []Attr   `json:"attrs,omitempty"`
	Steps   []Step   `json:"steps,omitempty"`  // in the order of the woven text
	Stacks  []string `json:"stacks,omitempty"` // stacks that the aspects come from, in the order of their first use
	Aspects []Aspect `json:"aspects"`          // outermost first
	Notes   []string `json:"notes,omitempty"`  // remarks for the reader, such as why the shape is not the usual one
}

// Exchange is what a pack says of the request and the response of a function. The response is its
// first result, before the error.
type Exchange struct {
	Ref            // the variable that says it
	Title   string `json:"title"`   // of the response, in findings, with its article: "a response of net/http"
	Var     string `json:"var"`     // package-level variable that points to it
	Request int    `json:"request"` // index of the parameter that is the request, counted one by one; -1 for none
}

// Attr is one attribute taken from a parameter.
type Attr struct {
	Key    string   `json:"key"`              // attribute key, the expression as written
	Expr   string   `json:"expr"`             // Go expression: a parameter or a field path that starts at one
	Guards []string `json:"guards,omitempty"` // expressions of pointer type that must not be nil first, outermost first
}

// Step is what one aspect adds to a woven body, in addition to what all bodies have.
type Step struct {
	Aspect string  `json:"aspect"`          // limit, authz, validate, idempotent, cache, fallback, hedge, retry or breaker (these only if they have one of the below)
	Keys   []Expr  `json:"keys,omitempty"`  // the parts of the key
	Same   []Expr  `json:"same,omitempty"`  // of idempotent: what calls with one key have in common
	Store  *Expr   `json:"store,omitempty"` // of idempotent
	Func   *Callee `json:"func,omitempty"`  // of authz, validate and fallback
	// Of hedge, retry and breaker: functions that take all results of an attempt and judge it.
	If     *Callee `json:"if,omitempty"`
	Unless *Callee `json:"unless,omitempty"`
}

// Expr is an expression over the function's parameters and receiver, as the source names them.
type Expr struct {
	Go     string   `json:"go"`
	Guards []string `json:"guards,omitempty"` // expressions that must not be nil first, outermost first
	As     KeyPart  `json:"as,omitempty"`     // how the key of a limit, cache or breaker gets it
	Cast   bool     `json:"cast,omitempty"`   // it is converted to the type of As first
	Type   string   `json:"-"`                // of a part of such a key, with import paths
}

// KeyPart is how a key holds one part.
type KeyPart string

// The kinds of parts. Text and integers cost no allocation.
const (
	AsValue KeyPart = ""     // with its dynamic type
	AsText  KeyPart = "text" // a string
	AsInt   KeyPart = "int"  // an int64
	AsUint  KeyPart = "uint" // a uint64
)

// Type returns the predeclared type of the part, "" for a value.
func (p KeyPart) Type() string {
	return map[KeyPart]string{AsText: "string", AsInt: "int64", AsUint: "uint64"}[p]
}

// Method returns the method of runtimehooks.Key that adds the part.
func (p KeyPart) Method() string {
	return map[KeyPart]string{AsText: "Text", AsInt: "Int", AsUint: "Uint", AsValue: "Value"}[p]
}

// Callee is a function that a woven body calls with some of its function's parameters.
type Callee struct {
	// As the body spells it: "authorize", "fetch[T]", "req.Validate", or a variable of the
	// generated file.
	Name   string `json:"name"`
	Ref    *Ref   `json:"ref,omitempty"`    // what that variable holds; nil where the body spells the function itself
	Args   []int  `json:"args,omitempty"`   // indexes of the parameters that it takes, counted one by one
	Spread bool   `json:"spread,omitempty"` // the last of them is its variadic parameter
	Error  bool   `json:"error,omitempty"`  // it takes the error as one more argument
}

// Aspect is one aspect of a site with its effective options.
type Aspect struct {
	Name    string   `json:"name"`
	From    string   `json:"from"` // "directive" or the rule's name
	Options []Option `json:"options,omitempty"`
	Advice  *Ref     `json:"advice,omitempty"` // for custom advice
}

// Option is one option's effective value, defaults included, in the order of the aspect's
// definition.
type Option struct {
	Name  string `json:"name"`
	Value string `json:"value"`         // in the directive's form
	Ref   *Ref   `json:"ref,omitempty"` // for functions and sentinels
	// The function takes the results: the woven body calls it, and the site's step names it.
	Results bool `json:"results,omitempty"`
}

// Ref names a package-level function or variable.
type Ref struct {
	Path string `json:"path"` // import path
	Pkg  string `json:"pkg"`  // package name
	Name string `json:"name"`
}

// Decorator is an interface for which a decorating implementation is generated.
type Decorator struct {
	Interface string   `json:"interface"` // type name
	Func      string   `json:"func"`      // constructor: "InstrumentStore"
	Type      string   `json:"type"`      // generated struct type: "instrumentedStore"
	Pos       Position `json:"pos"`
	Methods   []Method `json:"methods"`            // embedded interfaces' methods included, sorted by name
	Imports   []Import `json:"imports,omitempty"`  // what the types of Methods need
	Optional  bool     `json:"optional,omitempty"` // implements http.ResponseWriter: the optional interfaces of net/http are kept
}

// Method is one method of a decorated interface; its site has Func "(*instrumentedStore).Get".
type Method struct {
	Name     string  `json:"name"`
	Params   []Param `json:"params"`
	Results  []Param `json:"results"`
	Variadic bool    `json:"variadic,omitempty"`
	Site     *Site   `json:"site,omitempty"` // nil if the method is only forwarded
}

// Param is a parameter or result of a decorated method.
type Param struct {
	Name string `json:"name"`
	Type string `json:"type"` // as Go source, with package names as Imports gives them
}

// Import is one import of generated source, with the name by which Param.Type refers to the
// package.
type Import struct {
	Name string `json:"name"`
	Path string `json:"path"`
}

// Skip is a function that a rule selected but that is not woven, or not with every aspect.
type Skip struct {
	Func   string   `json:"func"`
	Pos    Position `json:"pos"`
	Aspect string   `json:"aspect,omitempty"` // the aspect left out; "" for the whole function
	Rule   string   `json:"rule"`             // rule's name, "directive" for one on a type or file, "off", or "exclude"
	Reason string   `json:"reason"`
}

// Position is a place in a source file.
type Position struct {
	File   string `json:"file"` // relative to the module's root, with slashes
	Line   int    `json:"line"`
	Column int    `json:"column"`
}

// Package returns the plan of the package with the given import path, or nil.
func (p *Plan) Package(path string) *Package {
	for _, pkg := range p.Packages {
		if pkg.Path == path {
			return pkg
		}
	}
	return nil
}

// Woven reports whether anything is woven into the package or generated for it.
func (p *Package) Woven() bool {
	return p.HasSites() || len(p.Binds)+len(p.Services) > 0 || p.Page != nil || p.Live
}

// HasSites reports whether functions or calls of the package are woven.
func (p *Package) HasSites() bool { return len(p.Sites)+len(p.Calls)+len(p.Decorators) > 0 }

// AllSites returns the package's sites that have aspects, those of its call sites and those of its
// decorators' methods.
func (p *Package) AllSites() []*Site {
	list := slices.DeleteFunc(slices.Clone(p.Sites), func(s *Site) bool { return s.Var == "" })
	for _, c := range p.Calls {
		if c.Site != nil {
			list = append(list, c.Site)
		}
	}
	for _, d := range p.Decorators {
		for _, m := range d.Methods {
			if m.Site != nil {
				list = append(list, m.Site)
			}
		}
	}
	return list
}

// Exchanges returns what the package's sites know of their responses, each once, by its variable.
func (p *Package) Exchanges() []*Exchange {
	var list []*Exchange
	for _, s := range p.AllSites() {
		if x := s.Exchange; x != nil && !slices.ContainsFunc(list, func(have *Exchange) bool { return have.Var == x.Var }) {
			list = append(list, x)
		}
	}
	return list
}

// Telemetry reports whether the package is a program that installs OpenTelemetry's providers.
func (p *Package) Telemetry() bool {
	return slices.ContainsFunc(p.Sites, func(s *Site) bool { return s.Setup != "" && !s.Quiet })
}

// JSON returns the plan as indented JSON, the same bytes for the same input.
func (p *Plan) JSON() ([]byte, error) {
	data, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return nil, err
	}
	return append(data, '\n'), nil
}

// Seal computes the package's hash. It covers meaning, not bytes: no positions, so that moving a
// function changes nothing.
func (p *Package) Seal() error {
	bare := *p
	bare.Hash = ""
	bare.Skips = nil
	bare.Sites = make([]*Site, len(p.Sites))
	for i, s := range p.Sites {
		c := *s
		c.Pos.Line, c.Pos.Column = 0, 0
		bare.Sites[i] = &c
	}
	bare.Calls = make([]*CallSite, len(p.Calls))
	for i, call := range p.Calls {
		c := *call
		c.Pos.Line, c.Pos.Column = 0, 0
		if c.Site != nil {
			s := *c.Site
			s.Pos = c.Pos
			c.Site = &s
		}
		bare.Calls[i] = &c
	}
	bare.Decorators = make([]Decorator, len(p.Decorators))
	for i, d := range p.Decorators {
		d.Pos = Position{}
		bare.Decorators[i] = d
	}
	bare.Binds, bare.Services = unplaced(p.Binds), unplacedServices(p.Services)
	data, err := json.Marshal(bare)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(data)
	p.Hash = hex.EncodeToString(sum[:8])
	return nil
}

// PositionIn returns a position with its file relative to the module's root.
func PositionIn(pos token.Position, moduleDir string) Position {
	rel, err := filepath.Rel(moduleDir, pos.Filename)
	if err != nil {
		rel = filepath.Base(pos.Filename)
	}
	return Position{File: filepath.ToSlash(rel), Line: pos.Line, Column: pos.Column}
}

// Imports returns the run-time packages that the generated files import for their sites and
// programs.
func (p *Plan) Imports() []string {
	var sites, caches, lives, pages, telemetry, declared bool
	for _, pkg := range p.Packages {
		sites, lives, pages = sites || len(pkg.AllSites())+len(pkg.CallFuncs)+len(pkg.Contexts) > 0, lives || pkg.Live, pages || pkg.Page != nil
		telemetry = telemetry || pkg.Telemetry()
		for _, s := range pkg.AllSites() {
			_, cached := s.Aspect(option.Cache)
			caches, declared = caches || cached, declared || s.Declared != nil
		}
	}
	var list []string
	if sites {
		list = append(list, HooksPath, HTTPPath)
	}
	if declared {
		list = append(list, EntryPath)
	}
	if caches {
		list = append(list, CachePath)
	}
	if lives {
		list = append(list, LivePath)
	}
	if pages {
		list = append(list, DebugPath)
	}
	if telemetry {
		list = append(list, TelemetryPath)
	}
	if slices.ContainsFunc(p.Packages, func(pkg *Package) bool { return len(pkg.Recorded()) > 0 }) {
		list = append(list, WorkflowPath)
	}
	return list
}

// A main package may have more than its sites: policies that a file changes, and the state page.

// StatePage is the state page that a main package serves.
type StatePage struct {
	Address string   `json:"address"`           // as net.Listen takes it, with a host
	Control bool     `json:"control,omitempty"` // it has buttons
	Reveal  bool     `json:"reveal,omitempty"`  // it shows keys and the texts of errors
	Hosts   []string `json:"hosts,omitempty"`   // names that it answers to, beside localhost and that of the address
}
