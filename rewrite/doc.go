// Package rewrite weaves bodies and calls: it turns a plan's sites and source text into woven text.
// It touches no files, runs no processes and has no clock: the same plan and text give the same
// bytes.
//
// [Weave] is the door. [Names] keeps inserted names apart from those that a function uses, and
// [Edit] is the only change that is made to a file. Package generated, which writes the file that
// declares the sites, uses both. What follows argues why a woven function or call means what it
// meant.
//
// # What is inserted
//
// The prologue shape leaves the body where it is and puts statements before it:
//
//	func (s *Service) Place(ctx context.Context, req *Req) (r0 *Receipt, err error) {
//		call := instrumentCall{Site: &instrumentServicePlace}
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
// body gives that byte the position that it had, under the line directives already there. This also
// restores the positions of the lines after it. Where text goes before the closing brace, the brace
// gets its position back in the same way. So a statement of the body has the file, line and column
// in panics, runtime.Caller, coverage, DWARF and profiles that it had. Inserted statements are on
// the line of the brace next to them. Names added to a signature move only the rest of the
// signature on that line, which holds no statement.
//
// # Names
//
// Every name that is introduced (for the call, and for results and parameters that had none) occurs
// nowhere in the function, neither as a variable nor as a type, label, field or selector. It can
// therefore neither be declared twice in the body's outermost block, which is the block of the
// parameters, nor hide a name that the body uses, nor make a bare return refer to a hidden result.
// Where the body says err, the error result is called retErr.
//
// The inserted text itself spells: the site variable, which is declared in no other scope; the
// variables of the signature; nil, if an attribute, key or store needs it, which no variable of the
// signature may then hide; functions and stores of the package, which no variable of the signature
// hides either; and under the attempt shape the types of the signature. Package names and
// predeclared types are spelled nowhere else: custom advice and hedges refer to their types as
// instrumentContext, instrumentError and instrumentCall, and functions of other packages are held
// by variables; all of these are declared next to the sites. What a step spells counts among the
// names that occur in the function, so no introduced name hides it.
//
// # The prologue shape
//
// The body stays in the function, at the top level, so recover, runtime.Caller, testing's Helper,
// labels, goto and the function's symbol are not affected. The inserted declarations are the first
// statements: no goto jumps over them, and a label of the first statement stays on it. The context
// is assigned to its parameter, never declared again, so the body and every closure in it see the
// derived one. The deferred call is registered first and so runs last: it sees the results as the
// body's own deferred functions have left them, through the address of the result.
//
// A context inside an *http.Request cannot be assigned. The body gets a copy of the request
// instead, and a second deferred call copies what the body changed back to the caller's request. A
// body that keeps the pointer itself gets the caller's request, and does not see the derived
// context in it. The context of a stream cannot be assigned either: the call asks the stream for
// it, and whoever made the stream may let the call set it until it ends. A body that keeps its
// context, by storing, returning, comparing or asserting it, gets the caller's: Enter is called for
// the span alone. Inside custom advice, Given tells what the advice hands on from what it got.
//
// Naming results does not change them. A return with values sets them as before, a bare return
// exists only where the results were named, and the zero values that a recovered panic leaves are
// the same.
//
// # The attempt shape
//
// The literal has the original parameter and result lists, so the body compiles in it as it did
// before, finds each of its names, and gets new copies of parameters and results for each attempt:
// no attempt sees the parameters that a failed one has assigned, or its named results. Variadic
// parameters are forwarded with their slice, nil or shared as it came. A literal inside the
// function sees its type parameters, so nothing is instantiated.
//
// The receiver is captured if it is a pointer that the body does not assign. Otherwise the literal
// takes it as its first parameter, for the same reason as the others. Type parameters of the
// receiver that are called "_" then get a name, so that its type can be spelled.
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
//	if !call.Claim(&err, s.store, call.ClaimKey(req.Key).Same(req.Amount), &r0) { return }
//	if v, ok := call.Cached(&err, call.Key().Text(req.ID).Int(int64(page))); ok { r0, _ = v[0].(*Receipt); return }
//
// A part of a key goes to it by its value: Text, Int and Uint are for parts whose underlying type
// is a string or an integer, which is converted where its type is a named one; that loses nothing,
// because a function's parts have the same types in every call. A part of any other type, of a type
// parameter, or of a named type where the name of the predeclared one means something else, goes as
// a Value, with its dynamic type.
//
// A key is an expression over the variables of the signature, and is evaluated where these have the
// values that the caller gave: no statement of the body has run, only the context has been
// assigned, and under the attempt shape the body never assigns them, because it has its own. So the
// key is right for the call and for all its attempts. It is evaluated once; the cache, and what
// settles it afterwards, do not evaluate it again. It is made of fields and methods. Each pointer
// and interface on its way is compared with nil first, embedded ones too, so weaving adds no panic
// of its own; nothing may be selected from a method's result that may be nil, because the method is
// not called twice to find out. A method in it is the user's, and is called once more than before:
// it should have no side effect.
//
// A function of the user's gets parameters as the caller gave them, identified by their types. It
// is called without a guard, as if by hand: it must cope with nil pointers itself, and its panic is
// a panic of the woven function. A function of the same package is spelled as it is, and a function
// of another package through a variable. That variable depends only on the other package, which is
// initialised before. A variable that held a function of the same package would close a cycle if
// that function calls the woven one. A package-level variable whose initialiser calls the woven
// function is initialised after the variables that the user's function refers to, as if the call
// had been written by hand.
//
// A return without values is right because the results have names, and are zero until something is
// assigned: a refusal has set the error, and an answer has set the results. The assertion that
// gives a cached result its type spells the type as the signature does, where no variable hides it,
// and its second value lets a nil of an interface type stay nil. The values are those that Keep was
// given under the same site, and so have the same types: a function with type parameters, whose
// instances would share a site, cannot have a cache or stored results.
//
// The context is assigned again if the deadline begins after these statements. A claim that the
// cache answers is settled before the return.
//
// # Statements after the body
//
// Functions of the user's that judge results are asked in the loop, after each body:
//
//	if call.Ended(&err) {
//		call.RetryIf(busy(r0, err))
//	}
//
// The results are those of the attempt that has just ended, because nothing has assigned them since.
// Ended is where the attempt ends: a deadline that it has missed has become its error by then, and
// it returns false where sites are switched off. Such a function is spelled as those before the body
// are, under a name that no variable of the signature hides, which includes results. It is not asked
// if the body has panicked. In a hedge, each branch asks about its own results, on its goroutine.
//
// # Statements after the loop
//
// The results are named and hold what the last attempt left. A fallback gets the parameters, which
// the body could not assign, and the caller's context in place of the one whose deadline may have
// passed. Its results are assigned to the same variables, so deferred Exit sees them. Keep and
// Settle get the values by then; they run on every path out of the loop except a panic and
// runtime.Goexit, for which Exit does their work.
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
// A branch assigns only what is its own: the call, the context and the error are parameters and
// results of the literal, under the names that they have outside, so that the outer ones cannot be
// assigned by mistake; the results are declared in it. Branches only read everything else that they
// mention: parameters, which each attempt copies, and a receiver, which is captured only if the
// body does not assign it. Only won assigns the function's results, and Hedge calls it on the
// function's own goroutine, for one branch, before it returns. A branch that lost ends later, and
// touches nothing that the function or its caller sees. What a loser returns, nobody gets: a reader
// or a channel would be left behind, and is refused, as is what must be closed, unless it is known
// how. Then call.Made(h0) before the return keeps it, so that the loser's is given back if the
// winner's is another one. Branches share what parameters point to, as any two calls do.
//
// A panic of the body unwinds the branch's goroutine; Hedge raises it again in the function, with
// the same value.
//
// # Function literals
//
// A literal is woven as a function without a name and receiver is. Its body stays where it is, so
// it captures what it captured, and it may stand in a body that is woven, which stays where it is as
// well, or becomes a literal around it. The names that weaving introduces in the two may be the
// same: neither body says them. What is inserted spells names of the package, which something
// between the package and the literal may hide; a function that is hidden is called through a
// variable, as one of another package is.
//
// # Calls
//
// A call that is woven becomes a call of a function of the generated file, with the address of its
// site as the first argument and its operand as the next:
//
//	resp, err := instrumentClientDo(&instrumentServicePlaceDo, s.client, req)
//
// Operand and arguments stay where they are, in their order, and are evaluated once: by the
// specification the operand of a method comes before the arguments, and the address of a variable
// is no evaluation. The function has the parameters and results that the call has, under the same
// types, so untyped constants, untyped nil and shifts get the type that they had, and a variadic
// parameter gets the same slice, nil included, which it passes on. In a go or defer statement all
// of this happens where the statement is.
//
// The operand is written as the receiver that the method takes: "&" before a variable whose method
// has a pointer receiver, "*" before a pointer whose method takes a value, and the embedded fields
// that lead to a promoted method. The compiler adds the same where they are missing.
//
// The names that a call gets are declared in the generated file, and occur nowhere in the package,
// so nothing can hide them. Type arguments are type parameters of the function that holds the call,
// under names that mean them there.
//
// The compiler places a call at the last name in what is called, so a line directive gives that
// place to the new name, and others theirs to the operand and to what follows the parenthesis.
//
// A go statement is such a call, with what it would have started as an argument after the context in
// scope. That is evaluated before the other arguments and on the same goroutine, as the language
// has it for the function value of the statement:
//
//	go instrumentGo(&instrumentServicePlaceGo, ctx, s.notify, order)
//
// A call that is given a context stays a call of the same package or operand, in the same frame:
//
//	s.log.InfoContext(ctx, "placed", "id", id)
//
// Only its last name is another one, and the context is one more argument. It is a variable, which
// is read when the arguments are, or a call of a method or function that has no effect. The name of
// the variant and that of the variable mean there what they were found to mean.
//
// # Registration
//
// A variable of the generated file, which nothing refers to, is initialised by a call that
// registers the sites. It can close no cycle of initialisation, and does not change the order of
// other variables, because it depends only on the sites, which bodies refer to as well. A site also
// works if it is called earlier. An init function would do the same, but its statement would count
// in the package's coverage.
//
// # What can be observed
//
//   - A panic that nothing recovers is printed with "[recovered, repanicked]" when a woven
//     function on its way reads its value for a span or log. The value and the stack below are the
//     same.
//
//   - The attempt shape adds a frame: a statement of the body is in F.func1, with the file and
//     line that it had, called by F at its closing brace. Literals in the body are named F.func1.1
//     and so on. The prologue shape adds no frame to the body.
//
//   - A woven function is not inlined, because it defers.
//
//   - A context parameter that a closure of the body outlives is assigned, and so is captured by
//     reference: the closure's context moves to the heap.
//
//   - Under the attempt shape a value receiver's copy is copied once more for each attempt, only
//     if the body mentions it.
//
//   - Under a hedge the body runs on another goroutine: a trace has one more frame below it,
//     goroutine-local state such as profile labels is not the caller's, and runtime.Goexit ends
//     only the branch.
//
//   - A call that is woven has one frame more: the generated function calls the callee, and is called
//     at the line of the call.
//
//   - The user's functions in keys and gates run inside the function's span, and count in its
//     duration.
//
// This does not hold for functions whose meaning depends on their frame, such as those that call
// recover themselves, under the attempt shape, or those with certain pragmas. Package analysis
// plans no such site.
package rewrite
