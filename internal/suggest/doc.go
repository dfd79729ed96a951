// Package suggest finds the word that a misspelled one was meant to be. Everything that refuses a
// name uses it: the tool, the hooks for policy files, and bindings for environment files.
//
// Read [DidYouMean] first.
package suggest
