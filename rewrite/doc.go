// Package rewrite weaves bodies: it turns a plan's sites and source text into woven text. It
// touches no files, runs no processes and has no clock: the same plan and text give the same bytes.
//
// [Weave] is the door. [Names] keeps what it inserts apart from what a function says, and [Edit] is
// all that it does to a file; package generated, which writes the file that declares the sites,
// uses both. What follows argues why a woven function means what the function meant.
//
// # What is inserted
//
// The prologue shape leaves the body where it is and puts statements before it:
//
//	func (s *Service) Place(ctx context.Context, req *Req) (r0 *Receipt, err error) {
//		call := instrumentServicePlace.Call()
//		ctx = call.Enter(ctx)
//		defer call.Exit(&err)
//		… the body
//	}
//
// The attempt shape makes the body a function literal, called in a loop:
//
//		for call.Next(&err) {
//			r0, err = func(ctx context.Context, req *Req) (*Receipt, error) {
//				… the body
//			}(ctx, req)
//		}
//		return
//	}
//
// # Bytes
//
// All changes are insertions and replacements at byte offsets: names in the signature, text after
// the body's opening brace, text before its closing brace. Nothing is printed from a syntax tree,
// so comments, line endings, a byte order mark, build constraints, pragmas and the layout of
// everything else stay as they are. Only the reading style formats, and only a file that was
// formatted before.
//
// # Positions
//
// In the build style no line is added, and a comment /*line :N:C*/ before the first byte of the
// body gives that byte the position that it had, under the line directives already there. The
// following lines follow from it. Where text goes before the closing brace, the brace gets its
// position back in the same way. So a statement of the body has the file, line and column in
// panics, runtime.Caller, coverage, DWARF and profiles that it had. Inserted statements are on the
// line of the brace they stand at. Names added to a signature move only what is left of the
// signature on that line, which holds no statement.
//
// # Names
//
// Every name that is introduced (of the call, of results and parameters that had none) is one that
// occurs nowhere in the function, not as a variable, type, label, field or selector. It can
// therefore neither be declared twice in the body's outermost block, which is the block of the
// parameters, nor hide a name that the body uses, nor make a bare return refer to a hidden result.
// Where the body says err, the error result is called retErr.
//
// The inserted text itself spells: the site variable, which is declared in no other scope; the
// variables of the signature; nil, if an attribute, key or store needs it, which no variable of the
// signature may then hide; functions and stores of the package, which no variable of the signature
// hides either; and under the attempt shape the types of the signature. Package names and
// predeclared types are spelled in no other place: custom advice and hedges have their types as
// instrumentContext, instrumentError and instrumentCall, and functions of other packages variables,
// declared next to the sites. What a step spells counts among the names that occur in the function,
// so that no name which is introduced hides it.
//
// # The prologue shape
//
// The body stays in the function, at the top level, so recover, runtime.Caller, testing's Helper,
// labels, goto and the function's symbol are not concerned. The inserted declarations are the first
// statements: no goto jumps over them, and a label of the first statement stays on it. The context
// is assigned to its parameter, never declared again, so the body and every closure in it see the
// derived one. The deferred call is registered first and so runs last: it sees the results as the
// body's own deferred functions have left them, through the address of the result.
//
// A context that is in an *http.Request cannot be assigned: the body gets a copy of the request,
// and a second deferred call hands back to the caller's what the body changed in the copy. A body
// that keeps the pointer itself gets the caller's request, and the derived context is not seen in
// it.
//
// Naming results does not change them. A return with values sets them as before, a bare return
// exists only where the results were named, and the zero values that a recovered panic leaves are
// the same.
//
// # The attempt shape
//
// The literal has the original parameter and result lists, so the body compiles in it as it did,
// finds each of its names, and gets new copies of parameters and results for each attempt: neither
// an assigned parameter nor a named result of a failed attempt is seen by the next. Variadic
// parameters are forwarded with their slice, nil or shared as it came. A literal inside the
// function sees its type parameters, so nothing is instantiated.
//
// The receiver is captured when it is a pointer that the body does not assign; otherwise the
// literal takes it as its first parameter, for the same reason as the others. Type parameters of
// the receiver that are called "_" then get a name, for the type to be spelled.
//
// The literal's types stand inside the function, where a parameter may hide what they mean: time,
// in func(time time.Duration). Such a variable of the function gets another name, and only the
// literal has the original one. A captured receiver with such a name is passed instead.
//
// The literal's body ends as the original did; the function ends in a return, with its results
// named.
//
// # Statements before the body
//
// A limit, authz, validate, idempotent, cache or breaker with a key has its statement between the
// context's and the body:
//
//	if !call.Limit(&err, key) { return }
//	if !call.Authorize(&err, s.authorize(ctx, req)) { return }
//	if !call.Validate(&err, req.Validate()) { return }
//	if !call.Claim(&err, s.store, req.Key, &r0) { return }
//	if v, ok := call.Cached(&err, req.ID); ok { r0, _ = v[0].(*Receipt); return }
//
// A key is an expression over the variables of the signature, and stands where these have the
// values that the caller gave: no statement of the body has run, the context alone has been
// assigned, and under the attempt shape the body never assigns them, because it has its own. So the
// key means what it says of the call, and of all its attempts. It is evaluated once, and the same
// is said of it by cache and by what settles it afterwards, which do not evaluate it again. It is
// made of fields and methods; each pointer and interface on its way is compared with nil first,
// embedded ones too, so weaving adds no panic of its own; what a method returns is not gone on from
// where it may be nil, because it is not called twice. A method in it is the user's, and is called
// once more than it was: it should have no side effect.
//
// A function of the user's gets parameters, which their types identify, as the caller gave them. It
// is called as by hand, with no guard: a nil pointer is its own matter, and a panic in it is one of
// the function's. A function of the same package is spelled as it is, and one of another through a
// variable. The variable depends on another package only, which is initialised before; a variable
// that held a function of the same package would close a cycle where that function calls the woven
// one. A package-level variable whose initialiser calls the woven function is initialised after
// those that the function asked before it refers to, as if the call had been written by hand.
//
// A return without values is right because the results have names, and are zero until something is
// assigned: what refuses the call has set the error, and what answers it the results. The assertion
// that gives a cached result its type spells that of the signature, where no variable hides it, and
// its second value lets a nil of an interface type stay nil; the values are those that Keep was
// given, under the same site and so of the same types: a function with type parameters, whose
// instances would share a site, is refused a cache and stored results.
//
// The context is assigned again where the deadline begins after these statements. A claim that the
// cache answers is settled before the return.
//
// # Statements after the loop
//
// The results are named and hold what the last attempt left. A fallback gets the parameters, which
// the body could not assign, and the caller's context in place of the one whose deadline may have
// passed. Its results are assigned to the same variables, so deferred Exit sees them. Keep and
// Settle get the values by then; they run on every path out of the loop but a panic and
// runtime.Goexit, for which Exit stands in.
//
// # Hedges
//
// The loop becomes a function literal that runs once per branch, each on a goroutine of its own:
//
//	err = call.Hedge(func(call *instrumentCall, ctx instrumentContext) (won func(), err instrumentError) {
//		var h0 *Receipt
//		for call.Next(&err) {
//			h0, err = func(ctx context.Context, req *Req) (*Receipt, error) { … }(ctx, req)
//		}
//		return func() { r0 = h0 }, err
//	})
//
// What a branch assigns is its own: the call, the context and the error are parameters and results
// of the literal, under the names that they have outside, which so cannot be assigned by mistake;
// the results are declared in it. Everything else that it mentions is only read by branches:
// parameters, which each attempt copies, and a receiver that is captured only where the body does
// not assign it. The function's results are assigned by won alone, which Hedge calls on the
// function's own goroutine, for one branch, before it returns; a branch that lost ends later and
// touches nothing that the function or its caller sees. That is sound only for plain values: a
// reader or a channel of the winner would end with the contexts of the branches, and is refused.
// What parameters point to is shared by branches, as by any two calls.
//
// A panic of the body unwinds the branch's goroutine; Hedge raises it again in the function, with
// the same value.
//
// # Registration
//
// A variable of the generated file, which nothing refers to, has a call as its value that makes the
// sites known. It can close no cycle of initialisation, and changes the order of no other variable,
// for it depends on the sites alone, which bodies refer to as well. A site that is called before
// works all the same. It is no init function, because its statement would count in the package's
// coverage.
//
// # What can be observed
//
//   - A panic that nothing recovers is printed with "[recovered, repanicked]" when a woven function on its way reads its value
//     for a span or log. The value and the stack below are the same.
//
//   - The attempt shape adds a frame: a statement of the body is in F.func1, with the file and line that it had, called by F at
//     its closing brace. Literals in the body are named F.func1.1 and so on. The prologue shape adds no frame to the body.
//
//   - A woven function is not inlined, because it defers.
//
//   - A context parameter that a closure of the body outlives is assigned, and so is captured by reference: the closure's
//     context moves to the heap.
//
//   - Under the attempt shape a value receiver's copy is copied once more for each attempt, only if the body mentions it.
//
//   - Under a hedge the body runs on another goroutine: one statement more stands below it in a trace, goroutine-local state such
//     as labels of a profile is not the caller's, and runtime.Goexit ends the branch alone.
//
//   - A key's and a gate's functions of the user's run inside the function's span, and count in its duration.
//
// Not argued here are functions whose meaning depends on their frame, such as those that call
// recover themselves, under the attempt shape, or those with certain pragmas: package analysis
// plans no such site.
package rewrite
