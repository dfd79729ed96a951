package nats

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/instrumentgo/instrument/bindings/topic/topictest"
)

func TestTopic(t *testing.T) {
	needServer(t)
	topictest.Run(t, topictest.Harness{
		Provider: Provider,
		URL:      func(*testing.T) string { return "nats://" + address },
		Reopen:   true,
		Clean:    clean,
	})
}

func TestTopicEmbedded(t *testing.T) {
	provider, servers := recorded()
	topictest.Run(t, topictest.Harness{
		Provider: provider,
		URL:      func(t *testing.T) string { return "nats+embedded:" + filepath.Join(t.TempDir(), "nats") },
		Reopen:   true,
		Restart: func(t *testing.T, url string) {
			c, _ := servers.Load(strings.TrimPrefix(url, "nats+embedded:"))
			e := c.(*embedded)
			old := e.running.Load()
			old.Shutdown()
			old.WaitForShutdown()
			if err := e.start(); err != nil {
				t.Fatal(err)
			}
		},
	})
}

func TestTopicInMemory(t *testing.T) {
	topictest.Run(t, topictest.Harness{Provider: Provider, URL: func(*testing.T) string { return "nats+embedded:" }})
}

// Processes that are killed with their embedded server lose nothing that was published.
func TestTopicKillEmbedded(t *testing.T) {
	topictest.Kill(t, topictest.Harness{
		Provider: Provider,
		URL:      func(t *testing.T) string { return "nats+embedded:" + filepath.Join(t.TempDir(), "nats") },
	})
}

func TestTopicKill(t *testing.T) {
	needServer(t)
	topictest.Kill(t, topictest.Harness{Provider: Provider, URL: func(*testing.T) string { return "nats://" + address }, Clean: clean})
}
