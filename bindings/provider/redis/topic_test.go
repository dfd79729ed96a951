package redis_test

import (
	"testing"

	"github.com/instrumentgo/instrument/bindings/provider/redis"
	"github.com/instrumentgo/instrument/bindings/topic/topictest"
)

func TestTopic(t *testing.T) {
	needServer(t)
	topictest.Run(t, topictest.Harness{
		Provider: redis.Provider,
		URL:      func(*testing.T) string { return "redis://" + address + "/9" },
		Reopen:   true,
		Clean:    cleanTopics,
	})
}

func cleanTopics(t *testing.T, prefix string) {
	clean(t, prefix)
	clean(t, "topic/{"+prefix)
}

// Processes that are killed lose nothing that was published.
func TestTopicKill(t *testing.T) {
	needServer(t)
	topictest.Kill(t, topictest.Harness{
		Provider: redis.Provider,
		URL:      func(*testing.T) string { return "redis://" + address + "/9" },
		Clean:    cleanTopics,
	})
}

// The same on a server in this process, which is always there and can be restarted.
func TestTopicEmbedded(t *testing.T) {
	var servers servers
	topictest.Run(t, topictest.Harness{
		Provider: redis.Provider,
		URL:      servers.url,
		Reopen:   true,
		Restart:  servers.restart,
	})
}
