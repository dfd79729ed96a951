// Package stubs type-checks woven and generated text in tests, against stubs of what it imports.
//
// [Check] is the test; stubs.txtar holds one file for each package, named by its import path.
package stubs
