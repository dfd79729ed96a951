package redis_test

import (
	"crypto/rand"
	"strings"
	"testing"

	"github.com/instrumentgo/instrument/bindings/provider/redis"
	"github.com/instrumentgo/instrument/bindings/record/recordtest"
)

// What a real server answers can be answered again from a recording.
func TestRecord(t *testing.T) {
	needServer(t)
	namespace := "test-" + strings.ToLower(rand.Text()[:8])
	t.Cleanup(func() { clean(t, namespace) })
	recordtest.Run(t, recordtest.Case{Provider: redis.Provider, URL: "redis://" + address + "/9", Namespace: namespace})
}
