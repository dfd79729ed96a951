// Package finding describes what is wrong with the user's code: where, what the code must be, and
// the remedy. A [Diagnostic] is one finding; a [List] collects them, and all are printed, sorted.
package finding
