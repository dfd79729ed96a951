// Package shared holds what sites share by name: breakers, limiters and slots.
//
// Read [Registry] first.
package shared
