// Package circuit is the circuit breaker's state machine, and the registry of named breakers.
//
// Read [Breaker] first, then [Keyed] and [Config].
package circuit
