package nats

import (
	"os"
	"os/exec"
	"testing"

	"github.com/instrumentgo/instrument/bindings/topic/topictest"
)

// A server that is killed, with and without its data, loses nothing that it still has:
// -topictest.losses=100 by hand.
func TestTopicLosses(t *testing.T) {
	if _, err := exec.LookPath("nats-server"); err != nil {
		t.Skipf("SKIPPED: %v", err)
	}
	topictest.Losses(t, Provider, "nats", func(port, folder string) (*os.Process, error) {
		c := exec.Command("nats-server", "-a", "127.0.0.1", "-p", port, "-js", "-sd", folder)
		err := c.Start()
		return c.Process, err
	})
}
