// Package kind is the table of the kinds of bindings: their packages and types, how generated code
// opens them, and what their calls ask of a provider.
//
// A [Kind] is a row, in a file of its own; [All] lists them. A [Type] is what fields of a kind have
// as their type; [Types] lists those.
package kind
