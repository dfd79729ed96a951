package nats

import (
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
		Quota:    true,
	})
}

func TestTopicEmbedded(t *testing.T) {
	servers := newServers()
	topictest.Run(t, topictest.Harness{
		Provider: servers.provider(),
		URL:      embeddedURL,
		Reopen:   true,
		Restart:  servers.restart,
		Quota:    true,
	})
}

func TestTopicInMemory(t *testing.T) {
	topictest.Run(t, topictest.Harness{Provider: Provider, URL: func(*testing.T) string { return "nats+embedded:" }, Quota: true})
}

// Processes that are killed with their embedded server lose nothing that was published.
func TestTopicKillEmbedded(t *testing.T) {
	topictest.Kill(t, topictest.Harness{
		Provider: Provider,
		URL:      embeddedURL,
	})
}

func TestTopicKill(t *testing.T) {
	needServer(t)
	topictest.Kill(t, topictest.Harness{Provider: Provider, URL: func(*testing.T) string { return "nats://" + address }, Clean: clean})
}
