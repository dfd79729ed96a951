// Package analysis turns the user's modules into a plan: what is woven and bound, where and why,
// and every skip with its reason. [Run] is the door; it returns a [Result] with the plan and the
// findings.
//
// The rooms behind the door, in the order in which a package passes through them. Each imports only
// those above it:
//
//	plan       the one value that crosses a stage boundary, and the names of what is generated (public)
//	finding    what is wrong, where, and the remedy (public)
//	directive  the syntax of //instrument: comments, and what each stands on
//	signature  what a function's type says: contexts, requests, errors, handlers, streams, JSON
//	source     the user's modules as read: files, import graph, checked packages, functions
//	literals   which function literals are handlers, and what they are called
//	entries    which functions packs describe as handlers
//	expression the calls, constants and declared objects that rule files are written in
//	order      the order in which aspects stand around a body
//	ask        what directives and rule files ask for a function, merged and in order
//	operand    the functions, keys, stores and attributes that options name, checked for one function
//	initorder  which declarations refer to which, and so which initialisations weaving would close to a cycle
//	frames     which functions recover or look at what called them, and so must keep their frame
//	sites      which site each function gets, or why none
//	callsites  which calls are woven, what they become, or why not
//	binds      which fields are bindings of which kind, and what methods and interfaces become
//	calls      the static graph of calls between the main modules' functions
//	flow       what is wrong with the aspects of a whole plan when each site alone is right
//	survey     what a module holds in which nothing is woven yet
//	uses       what bodies do with bindings, as far as a provider may not be able to
//
// Planning reads declarations, signatures and imports. Function bodies are type-checked below and
// above a few sites only (calls), in packages that mention what a rule names for its calls
// (callsites), and for check (uses): their errors are the compiler's to report.
package analysis
