// Package kvtest holds a provider of kv to what package kv promises, through the portable type:
// what it declares must work, and what it does not declare must be refused.
//
//	func TestKV(t *testing.T) {
//		kvtest.Run(t, kvtest.Harness{Provider: redis.Provider, URL: func(*testing.T) string { return "redis://127.0.0.1:6379" }})
//	}
//
// A case is named by what a user would see if it failed.
package kvtest
