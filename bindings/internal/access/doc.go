// Package access is what the portable types of all kinds have in common: how an operation gets at a
// store of type S. It counts as under way for the platform's Close, finds the store of its tenant,
// is recorded, and its error is completed.
package access
