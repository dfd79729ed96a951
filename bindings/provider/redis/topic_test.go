package redis_test

import (
	"errors"
	"strings"
	"testing"

	goredis "github.com/redis/go-redis/v9"

	"github.com/instrumentgo/instrument/bindings/provider/providertest"
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
		Forget:   forget,
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
		Forget:   forget,
	})
}

// forget removes groups, streams or everything of the topics of a namespace.
func forget(t *testing.T, url, namespace string, what providertest.Lost) {
	t.Helper()
	options, err := goredis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	client := goredis.NewClient(options)
	defer client.Close()
	keys, err := client.Keys(t.Context(), "topic/{"+namespace+"*").Result()
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range keys {
		stream := strings.HasSuffix(key, "}/messages")
		switch {
		case what == providertest.Groups && stream:
			groups, failed := client.XInfoGroups(t.Context(), key).Result()
			err = failed
			for _, g := range groups {
				err = errors.Join(err, client.XGroupDestroy(t.Context(), key, g.Name).Err())
			}
		case what == providertest.Messages && stream, what == providertest.All:
			err = client.Del(t.Context(), key).Err()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}
