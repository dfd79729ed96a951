//go:build instrument

package redishooks

import (
	"github.com/redis/go-redis/v9"

	"github.com/instrumentgo/instrument/aspects"
)

// Rules have clients made by this package's functions.
var Rules = aspects.Module(
	aspects.Yields("github.com/redis/go-redis/extra/redisotel/v9"),
	aspects.Rule("NewClient", aspects.Calls(redis.NewClient), aspects.Replace(NewClient)),
	aspects.Rule("NewFailoverClient", aspects.Calls(redis.NewFailoverClient), aspects.Replace(NewFailoverClient)),
	aspects.Rule("NewClusterClient", aspects.Calls(redis.NewClusterClient), aspects.Replace(NewClusterClient)),
	aspects.Rule("NewFailoverClusterClient", aspects.Calls(redis.NewFailoverClusterClient), aspects.Replace(NewFailoverClusterClient)),
	aspects.Rule("NewRing", aspects.Calls(redis.NewRing), aspects.Replace(NewRing)),
	aspects.Rule("NewUniversalClient", aspects.Calls(redis.NewUniversalClient), aspects.Replace(NewUniversalClient)),
)
