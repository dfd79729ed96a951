package redis_test

import (
	"os"
	"os/exec"
	"testing"

	"github.com/instrumentgo/instrument/bindings/provider/redis"
	"github.com/instrumentgo/instrument/bindings/topic/topictest"
)

// A server that is killed, with and without its data, loses nothing that it still has:
// -topictest.losses=100 by hand.
func TestTopicLosses(t *testing.T) {
	if _, err := exec.LookPath("redis-server"); err != nil {
		t.Skipf("SKIPPED: %v", err)
	}
	topictest.Losses(t, redis.Provider, "redis", func(port, folder string) (*os.Process, error) {
		c := exec.Command("redis-server", "--bind", "127.0.0.1", "--port", port, "--dir", folder, "--save", "",
			"--appendonly", "yes", "--appendfsync", "always")
		err := c.Start()
		return c.Process, err
	})
}
