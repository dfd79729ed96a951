package nats

import (
	"os/exec"
	"testing"

	"github.com/instrumentgo/instrument/bindings/topic/topictest"
)

// A server that is killed, with and without its data, loses nothing that it still has:
// -topictest.losses=100 by hand.
func TestTopicLosses(t *testing.T) {
	topictest.Losses(t, Provider, "nats", func(port, folder string) *exec.Cmd {
		return exec.Command("nats-server", "-a", "127.0.0.1", "-p", port, "-js", "-sd", folder)
	})
}
