package redishooks

import (
	"context"

	"github.com/redis/go-redis/v9"

	"github.com/instrumentgo/instrument/runtimehooks/internal/process"
)

// NewClient is redis.NewClient for a client whose commands are recorded.
func NewClient(opt *redis.Options) *redis.Client {
	c := redis.NewClient(opt)
	record(c)
	return c
}

// NewFailoverClient is redis.NewFailoverClient for a client whose commands are recorded.
func NewFailoverClient(failoverOpt *redis.FailoverOptions) *redis.Client {
	c := redis.NewFailoverClient(failoverOpt)
	record(c)
	return c
}

// NewClusterClient is redis.NewClusterClient for a client whose commands are recorded.
func NewClusterClient(opt *redis.ClusterOptions) *redis.ClusterClient {
	c := redis.NewClusterClient(opt)
	recordCluster(c)
	return c
}

// NewFailoverClusterClient is redis.NewFailoverClusterClient for a client whose commands are
// recorded.
func NewFailoverClusterClient(failoverOpt *redis.FailoverOptions) *redis.ClusterClient {
	c := redis.NewFailoverClusterClient(failoverOpt)
	recordCluster(c)
	return c
}

// NewRing is redis.NewRing for a client whose commands are recorded.
func NewRing(opt *redis.RingOptions) *redis.Ring {
	c := redis.NewRing(opt)
	recordRing(c)
	return c
}

// NewUniversalClient is redis.NewUniversalClient for a client whose commands are recorded.
func NewUniversalClient(opts *redis.UniversalOptions) redis.UniversalClient {
	client := redis.NewUniversalClient(opts)
	switch c := client.(type) {
	case *redis.Client:
		record(c)
	case *redis.ClusterClient:
		recordCluster(c)
	case *redis.Ring:
		recordRing(c)
	}
	return client
}

// record adds the hook to the client of one server.
func record(c *redis.Client) {
	if !process.Off() {
		c.AddHook(newHook(c))
	}
}

// recordCluster adds the hook to each node that the cluster will turn out to have.
func recordCluster(c *redis.ClusterClient) {
	if !process.Off() {
		c.OnNewNode(record)
	}
}

// recordRing adds the hook to the shards that the ring has, and to those that it will be given.
func recordRing(c *redis.Ring) {
	if process.Off() {
		return
	}
	c.OnNewNode(record)
	c.ForEachShard(context.Background(), func(_ context.Context, shard *redis.Client) error {
		record(shard)
		return nil
	})
}
