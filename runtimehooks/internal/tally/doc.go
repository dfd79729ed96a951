// Package tally is what a site counts: its calls and their latency, and what each policy did with
// them. The counts are atomic, so that a call pays a few additions, and whoever reads them pays the
// rest.
//
// Read [Tally] first, then [Latency].
package tally
