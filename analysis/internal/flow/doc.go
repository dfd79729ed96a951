// Package flow finds what is wrong with the aspects of a whole plan when each site alone is right.
// [Check] reports
//
//	repeat.go    retry of what must not happen twice, and of what cannot be read twice
//	cachekey.go  a cache below authz whose key does not distinguish callers
//	nested.go    retries and timeouts inside one another, on a path of calls
//
// All are findings, and so stop the build. They are reported only where the source shows that every
// run of the code would be wrong or wasteful. Where the source does not show it, nothing is
// reported.
package flow
