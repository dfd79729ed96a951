// Package topictest holds a provider of topics to what package topic promises, through the portable
// type: what it declares must work, and what it does not declare must be refused. [Kill] kills
// subscribers.
//
//	func TestTopic(t *testing.T) {
//		topictest.Run(t, topictest.Harness{Provider: redis.Provider, URL: func(*testing.T) string { return "redis://127.0.0.1:6379" }})
//	}
//
// A case is named by what a user would see if it failed.
package topictest
