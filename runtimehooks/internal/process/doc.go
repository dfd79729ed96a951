// Package process is what all sites of a process have in common: the switch that turns them into
// pass-throughs, and what package runtimehooks and package live know of each other, without either
// being linked for the other's sake.
//
// Read [Off] and [Register] first.
package process
