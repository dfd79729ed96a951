// Package secret gives a service its secrets, and keeps them out of what it prints.
//
//	key, err := secret.Get(ctx, platform, "pay-key")     // as it is now
//	log.Print(key)                                       // [redacted]
//	client := pay.New(key.Reveal())
//
//	source, err := secret.Open(ctx, platform, "pay-key") // for one that is rotated
//	for key, err := range source.Watch(ctx) { … }
//
// A [Secret] prints as [redacted] by every verb of fmt, in JSON, as text and in slog records, alone
// and in other values, also where it is an unexported field. Only [Secret.Reveal] returns it.
package secret
