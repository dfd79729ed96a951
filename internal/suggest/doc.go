// Package suggest finds the word that was meant by one that is misspelled. Everything that refuses
// a name asks it: the tool, the hooks for policy files, and bindings for environment files.
//
// Read [DidYouMean] first.
package suggest
