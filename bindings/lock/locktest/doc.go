// Package locktest holds a provider of locks to what package lock promises, through the portable
// type.
//
//	func TestLock(t *testing.T) {
//		locktest.Run(t, locktest.Harness{Provider: redis.Provider, URL: func(*testing.T) string { return "redis://127.0.0.1:6379" }})
//	}
//
// A case is named by what a user would see if it failed.
package locktest
