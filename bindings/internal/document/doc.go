// Package document is what the kinds config and secret have in common: a binding is one document,
// which a provider reads and may watch.
//
// [Store] is what a provider implements for both. [Open] returns the [Access] that the portable
// types read through: config decodes what it returns, and secret wraps it.
package document
