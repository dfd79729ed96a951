// Package blob is the object store of a service: [Bucket], whatever provider holds the objects.
//
//	invoices, err := blob.Open(ctx, platform, "invoices")
//	info, err := invoices.Put(ctx, "2026/07/1.pdf", file, blob.ContentType("application/pdf"))
//	r, err := invoices.Get(ctx, "2026/07/1.pdf")
//	defer r.Close()
//
// # Keys
//
// A key is a text of 1 to [MaxKey] bytes; any bytes are allowed, and none has a meaning.
// [Bucket.List] can group keys by a delimiter, which makes folders of them for who wants some.
//
// # Whole objects
//
// An object is there as a whole or not at all: a Put whose reader fails, or whose context ends,
// leaves what was there. Who reads an object while it is replaced reads the old one or gets an
// error, never some of both.
//
// # Abilities
//
// [Bucket.Abilities] tells what the provider can do beyond that; the rest is refused with
// bindings.Unimplemented. A provider implements [Store] and, for each ability it declares, the
// small interface of it. Package blobtest holds it to that.
package blob
