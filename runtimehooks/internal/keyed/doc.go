// Package keyed has the keys of limits, caches and breakers, which are values and no texts of them,
// and a map that knows in which order its keys were last asked for, so that its owner can drop one
// that is missed least.
//
// Read [Key] first.
package keyed
