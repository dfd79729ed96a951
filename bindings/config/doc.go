// Package config gives a service its configuration, typed, and reports its changes.
//
//	limits, err := config.Open[Limits](ctx, platform, "limits", config.Default(Limits{PerSecond: 10}))
//	l, err := limits.Get(ctx)
//	for s, err := range limits.Watch(ctx) { … }          // s.Value, s.Version
//
// What a provider holds for a name is one document. It is decoded by the type: a string and []byte
// are the document as it is; numbers, bool, time.Duration and types with an UnmarshalText method
// are parsed from its text without the space around it; everything else is JSON, in which a
// time.Duration may be written as "90s". The file provider turns YAML into JSON.
package config
