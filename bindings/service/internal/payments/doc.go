// Package payments is a service as a user writes it, with the code that instrument generates beside
// it.
package payments
