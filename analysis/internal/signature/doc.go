// Package signature says what a function's type means to weaving: [Entry] finds the context, the
// request or the handler among its parameters, [Stream] the results whose work continues after the
// return, and the predicates recognize contexts, errors and named types, under whatever alias.
package signature
