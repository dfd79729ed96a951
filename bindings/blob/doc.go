// Package blob is an object store for a service: [Bucket], whatever provider holds the objects.
//
//	invoices, err := blob.Open(ctx, platform, "invoices")
//	info, err := invoices.Put(ctx, "2026/07/1.pdf", file, blob.ContentType("application/pdf"))
//	r, err := invoices.Get(ctx, "2026/07/1.pdf")
//	defer r.Close()
//
// # Keys
//
// A key is a text of 1 to [MaxKey] bytes; any bytes are allowed, and none has a special meaning.
// [Bucket.List] can group keys by a delimiter, for programs that want folders.
//
// # Whole objects
//
// An object is there as a whole or not at all: a Put whose reader fails, or whose context ends,
// leaves the old object in place. Reading an object while it is replaced yields the old one or an
// error, never a mixture.
//
// # Abilities
//
// [Bucket.Abilities] returns what the provider can do beyond that; the rest is refused with
// bindings.Unimplemented. A provider implements [Store] and, for each ability it declares, a small
// interface. Package blobtest tests that.
package blob
