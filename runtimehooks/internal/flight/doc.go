// Package flight lets one of the callers that want the same thing at a time get it for all of them.
//
// It is not golang.org/x/sync/singleflight. That one knows no context: a caller cannot stop
// waiting, and when the one that does the work is cancelled, all that wait for it fail with an
// error that is none of theirs. Here a caller waits as long as its own context lets it, and when
// the leader gives up, one of those that wait leads in its place. Nor is a goroutine started: the
// leader does the work where it was called, between Join and the end of its lead.
//
// Read [Group] first, then [Lead].
package flight
