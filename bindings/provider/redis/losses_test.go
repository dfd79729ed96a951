package redis_test

import (
	"os/exec"
	"testing"

	"github.com/instrumentgo/instrument/bindings/provider/redis"
	"github.com/instrumentgo/instrument/bindings/topic/topictest"
)

// A server that is killed, with and without its data, loses nothing that it still has:
// -topictest.losses=100 by hand.
func TestTopicLosses(t *testing.T) {
	topictest.Losses(t, redis.Provider, "redis", func(port, folder string) *exec.Cmd {
		return exec.Command("redis-server", "--bind", "127.0.0.1", "--port", port, "--dir", folder, "--save", "",
			"--appendonly", "yes", "--appendfsync", "always")
	})
}
