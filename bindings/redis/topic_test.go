package redis_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/alicebob/miniredis/v2"

	"github.com/instrumentgo/instrument/bindings/redis"
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
	var servers sync.Map // by address
	topictest.Run(t, topictest.Harness{
		Provider: redis.Provider,
		URL: func(t *testing.T) string {
			m := mini(t)
			servers.Store(m.Addr(), m)
			return "redis://" + m.Addr()
		},
		Reopen: true,
		Restart: func(t *testing.T, url string) {
			server, _ := servers.Load(strings.TrimPrefix(url, "redis://"))
			m := server.(*miniredis.Miniredis)
			m.Close()
			if err := m.Restart(); err != nil {
				t.Fatal(err)
			}
		},
	})
}
