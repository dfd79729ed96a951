// Package keyed has a map that knows in which order its keys were last asked for, so that its owner
// can drop one that is missed least.
//
// Read [Map] first.
package keyed
