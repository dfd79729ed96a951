package aspects

// Rules is what [Module] returns. A rule file declares it as "var _".
type Rules struct{}

// Decl is an argument of [Module]: a stack, a rule, an exclusion or an order.
type Decl interface{ decl() }

// Part is an argument of [Rule] after the selector: an aspect, [Use], [Replace], [Options],
// [PassContext], [PassValues], [Mutating], [Repeatable] or [Optional].
type Part interface{ part() }

// Selector selects functions, calls of them, or go statements. It is built by [Funcs], [Methods],
// [Implementing], [HTTPHandlers], [All], [Calls], [CallsTaking] or [Goroutines], narrowed by its
// methods, and combined by [Any], [Both] and [Not].
type Selector struct{ _ byte }

// Aspect is one aspect with its options, as an element of a stack or a rule.
type Aspect struct{ _ byte }

type (
	declaration struct{}
	use         struct{}
)

func (declaration) decl() {}
func (use) part()         {}
func (Aspect) part()      {}

// Module holds the declarations of a rule file. A module may have several rule files; their
// declarations add up. A pack, a package that others include, declares it under a name, and has no
// effect by itself.
func Module(decls ...Decl) Rules { return Rules{} }

// Stack names a list of aspects, to be used by rules with [Use] and by functions with the directive
// "//instrument:use name".
func Stack(name string, aspects ...Aspect) Decl { return declaration{} }

// Rule gives the selected functions some aspects. The name is shown wherever the rule had an
// effect. A rule that selects nothing is an error, unless one of its parts is [Optional].
func Rule(name string, selector Selector, parts ...Part) Decl { return declaration{} }

// Exclude takes the selected functions out of every rule. The reason is shown by "instrument plan".
// Function literals in them stay, unless the selector selects handlers or whole packages.
func Exclude(reason string, selector Selector) Decl { return declaration{} }

// Order declares the order of aspects, outermost first, by name. It may move trace, metrics and log
// among each other, and limit, authz and validate, and must list custom advice that meets on one
// function; the other built-in aspects keep their default order.
func Order(names ...string) Decl { return declaration{} }

// NoLive keeps package live out of main packages that are woven or link woven packages. Without it,
// these read the policy file that INSTRUMENT_POLICY names.
func NoLive() Decl { return declaration{} }

// Include takes the rules of a pack: Include(grpchooks.Rules). A pack is an ordinary package that
// declares var Rules = aspects.Module(...) in a file with the build constraint of rule files. Its
// rules hold as if they stood here, except that they may select nothing. Rules of a package that
// no rule file includes never have an effect.
func Include(rules Rules) Decl { return declaration{} }

// Entry says of functions what a server calls: handlers of a framework. Entry("a gin handler",
// ginhooks.Handler) stands in a pack, and describes the functions whose first parameter is that of
// the variable, an entryhooks.Entry or an entryhooks.ErrorEntry; the title names them in findings.
// It is declared any because this package does not import entryhooks; its type is checked when the
// rule file is read.
func Entry(title string, entry any) Decl { return declaration{} }

// Exchange says of functions that return a response what policies must know of it:
// Exchange("a response of net/http", httphooks.Responses) stands in a pack, and has retry, breaker,
// hedge and timeout understand functions and calls with the results of the variable, a
// runtimehooks.Exchange: its response and an error. The title names the response in findings. It is
// declared any as that of [Entry] is.
func Exchange(title string, exchange any) Decl { return declaration{} }

// Yields names packages that record what a pack does, such as OpenTelemetry's own for the library:
// where a server or client of the program has what one of them makes, the pack's functions leave it
// alone. It stands in a pack, and has plan say which packages of the program import one.
func Yields(paths ...string) Decl { return declaration{} }

// Use applies a stack: one that a rule file declares, or one of [Presets].
func Use(stack string) Part { return use{} }

// Mutating marks the selected functions as the directive "//instrument:mutating" does: each call
// creates something, such as an order, so that a second call creates it twice. It is then an error
// to retry them without saying when that is safe, or to hedge them. Mutating weaves nothing, and
// may be a rule's only part.
func Mutating() Part { return use{} }

// Repeatable says of the selected functions what the directive "//instrument:repeatable" says: a
// second call makes nothing more than the first, although the name sounds as if it did. It weaves
// nothing, and may be a rule's only part. Where rules say both, [Mutating] counts; a directive on
// the function, its type or its file counts more than any rule.
func Repeatable() Part { return use{} }

// Replace names a function to call instead of the one that [Calls] selects: a declared function of
// another package with the same parameters and results, the receiver of a method first. Aspects of
// the rule are around it. Calls in the package of the replacement are never selected, so it can
// call what it replaces.
func Replace(function any) Part { return use{} }

// PassContext names the variant of what [Calls] selects that takes a context, such as
// slog.InfoContext of slog.Info: a function of the same package, or a method of the same type, with
// a context.Context before the other parameters. Where a context is in scope, the call becomes one
// of the variant with that context, in place: no frame is added and no line changes. It is the only
// part of its rule, beside [Optional].
func PassContext(function any) Part { return use{} }

// PassValues is [PassContext] for calls that must not end with the context in scope: the variant
// gets one with the values of that, such as its span, which has no deadline and is never cancelled.
// Where rules ask for both at a call, PassContext counts.
func PassValues(function any) Part { return use{} }

// Options names a function that is given the options of each call that [CallsTaking] or [Calls]
// selects, and returns those to make it with: a declared function of another package, of type
// func(options []T) []T, where the last parameter of what is called is ...T. Aspects of the rule are
// around the call. Calls in the package of the function are never selected.
func Options(function any) Part { return use{} }

// Optional allows a rule to select nothing.
func Optional() Part { return use{} }

// Funcs selects functions and methods by value: Funcs(orders.Health, (*store.Store).Put).
func Funcs(values ...any) Selector { return Selector{} }

// Methods selects the methods declared for the type that its argument points to:
// Methods((*orders.Service)(nil)).
func Methods(typedNil any) Selector { return Selector{} }

// Implementing selects, in the types of the main module that implement an interface, the methods
// that implement it: Implementing((*store.Store)(nil)).
func Implementing(typedNilInterface any) Selector { return Selector{} }

// HTTPHandlers selects handlers: the functions, methods and function literals with the signature of
// [net/http.HandlerFunc], and those that an [Entry] of an included pack describes. A function with
// more parameters after these is one where the program uses it as a value, implements by it an
// interface of a generator or of another module, or calls it in literals that do nothing else; what
// handlers call to write a part of a response is none.
func HTTPHandlers() Selector { return Selector{} }

// All selects every function and method of the main module.
func All() Selector { return Selector{} }

// Calls selects the calls of functions and methods in the main module's code, where the function
// itself cannot be woven or is to be woven for some callers only: Calls(sql.Open,
// (*http.Client).Do, io.Reader.Read). A method of an interface is called through the interface, or
// one that embeds it. Each call has its aspects and their state to itself. Calls in tests are not
// selected, nor those in functions with "//instrument:off", nor, without [Selector.Generated], those
// in generated files.
func Calls(values ...any) Selector { return Selector{} }

// CallsTaking selects, as [Calls] does, the calls of functions that take options of a type: those
// whose last parameter is ...Option, and which return none. So a pack reaches the constructors that
// a library's generator has written, without their names: CallsTaking[connect.HandlerOption]().
// Functions of the main module that no generator wrote pass their options on: the calls in them are
// selected, and not those of them.
func CallsTaking[Option any]() Selector { return Selector{} }

// Goroutines selects the go statements in the main module's code, which [Selector.In] narrows: what
// each of them starts is woven, whatever it calls. Its span is linked to that of the statement's
// context; recover logs a panic with the statement and its stack, and needs no result; metrics count
// how many run, too. Go statements in tests and in generated files are not selected.
func Goroutines() Selector { return Selector{} }

// Generated extends a selector to generated files, where a generator writes what matters: calls
// such as those by which the gateways of gRPC open their connections, and functions such as the
// queries of a database. No directive in such a file would last.
func (s Selector) Generated() Selector { return s }

// Dependencies extends [Calls] to the packages of dependencies that match one of the patterns:
// Dependencies("example.com/sdk/..."). Only "instrument go" weaves these.
func (s Selector) Dependencies(patterns ...string) Selector { return s }

// In keeps functions in packages that match one of the patterns: "./web/..." relative to the rule
// file's folder, or an import path pattern. Of [Calls] it keeps those in such packages; the methods
// below look at what is called.
func (s Selector) In(patterns ...string) Selector { return s }

// Named keeps functions whose name matches a glob, as path.Match reads it. A function literal goes by
// the function that holds it.
func (s Selector) Named(glob string) Selector { return s }

// Exported keeps exported functions, and exported methods of exported types, and function literals
// in these.
func (s Selector) Exported() Selector { return s }

// WithContext keeps functions with a parameter of type context.Context.
func (s Selector) WithContext() Selector { return s }

// ReturningError keeps functions whose last result has type error.
func (s Selector) ReturningError() Selector { return s }

// Any selects what at least one selector selects.
func Any(selectors ...Selector) Selector { return Selector{} }

// Both selects what every selector selects.
func Both(selectors ...Selector) Selector { return Selector{} }

// Not selects the functions of the main module that a selector does not select.
func Not(selector Selector) Selector { return Selector{} }

// Around is custom advice: an ordinary function
//
//	func(ctx context.Context, site *runtimehooks.Site, next func(context.Context) error) error
//
// that calls next for the body. It is declared any because this package does not import
// runtimehooks; its type is checked when the rule file is read.
func Around(name string, advice any) Aspect { return Aspect{} }
