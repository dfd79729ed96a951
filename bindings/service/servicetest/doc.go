// Package servicetest holds package service to what it promises, with a service as a user writes
// it: in one process, over HTTP, and through a registry on any provider of kv that has a time to
// live.
//
//	func TestServices(t *testing.T) {
//		servicetest.Registry(t, servicetest.Store{Provider: redis.Provider, URL: func(*testing.T) string { return "redis://127.0.0.1:6379" }})
//	}
//
// A case is named by what a user would see if it failed.
package servicetest
