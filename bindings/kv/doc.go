// Package kv is a typed key-value store for a service: [Of] of keys K and values V, whatever
// provider holds the bytes.
//
//	carts, err := kv.Open[CartID, Cart](ctx, platform, "carts")
//	_, err = carts.Set(ctx, id, cart, kv.TTL(24*time.Hour))
//	cart, err := carts.Get(ctx, id)                            // errors.Is(err, bindings.NotFound)
//
// # Keys
//
// A key is a string, an integer, or has a text form (encoding.TextMarshaler, and TextUnmarshaler to
// be listed). Any bytes are allowed, up to [MaxKey] of them; providers escape what their servers do
// not accept.
//
// # Revisions
//
// Every write gives its entry a new [Revision]. [Of.CompareAndSwap] writes only if the entry still
// has the revision that the caller knows, and otherwise returns the entry that is there;
// [Of.Update] does that in a loop. A revision is never reused, even if an entry is deleted and
// created again. Where [Abilities.Ordered] is declared, those of a key only grow, so that they can
// serve as fencing tokens.
//
// # Time to live
//
// [Of.Set] replaces an entry with its lifetime: the option [TTL], else the binding's ttl, else for
// ever. CompareAndSwap, Update and Increment change the value of an entry and leave it the rest of
// its time, unless the option [TTL] is given: a lock that is renewed must not live forever because
// somebody forgot.
//
// # Idempotency
//
// [Idempotency] makes the store of the aspect idempotent of a store of bytes:
//
//	results, err := kv.Open[string, []byte](ctx, platform, "results")
//	s := &Service{store: kv.Idempotency(results)}              // and above the method: //instrument:idempotent req.Key store=s.store
//
// It puts a claim under a key while the call runs, and the results in its place then, by revision:
// so a call that took longer than its lease can neither give up nor overwrite what the next one has
// put. The provider must be able to compare and swap, and have a time to live.
//
// # Abilities
//
// Not every provider can do everything. [Of.Abilities] returns what this one can do; the rest is
// refused with bindings.Unimplemented. A provider implements [Store] and, for each ability it
// declares, a small interface. Package kvtest tests that.
package kv
