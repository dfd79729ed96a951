// Package signature says what a function's type means to weaving: [Entry] finds the context, the
// request or the handler among its parameters, [Stream] the results whose work goes on after the
// return, and the predicates tell contexts, errors and named types, under whatever alias.
package signature
