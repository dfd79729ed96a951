// Package live changes the policies of a running program by a file. It is imported for its effect:
//
//	import _ "github.com/instrumentgo/instrument/runtimehooks/live"
//
// The generated files of main packages that are woven, or link woven packages, do so. The
// environment variable INSTRUMENT_POLICY names the file. Without it this package does nothing. The
// file is YAML:
//
//	sites:                                   # by function, as the log and spans name it; "*" is all of them
//	  "example.com/shop/orders.(*Service).PlaceOrder":
//	    retry: {attempts: 5}
//	    breaker: {enabled: false}
//	  bindings.carts: {timeout: {after: 2s}} # the policies of a binding that its environment file gives
//	names:                                   # by the name of a limit, breaker or bulkhead: all sites that name it
//	  payments:
//	    breaker: {cooldown: 1s}
//	stacks:                                  # by stack: all sites that use it
//	  server:
//	    timeout: {after: 3s}
//
// A function of package main is main.F, or goes by the package's import path. [Schema] describes
// the file, which has at most 1 MiB.
//
// It is read before main, and again whenever it changes: when it is written, replaced by a rename,
// or when a symbolic link on the way to it is. It takes effect as a whole, for calls that begin
// later. A file with a mistake changes nothing, and each mistake is logged with its line and
// column. What was in effect stays in effect; at the start that is what the program was built with.
// A file that became shorter may be one that is being written: it takes effect once it has not
// changed for a second.
//
// Read [Start] first, then [Schema].
package live
