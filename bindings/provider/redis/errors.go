package redis

import (
	"context"
	"errors"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/instrumentgo/instrument/bindings"
)

// answers are the codes of what a server answers, by the first word of it.
var answers = map[string]bindings.ErrorCode{
	"CLUSTERDOWN": bindings.Unavailable,
	"LOADING":     bindings.Unavailable,
	"MASTERDOWN":  bindings.Unavailable,
	"NOAUTH":      bindings.PermissionDenied,
	"NOPERM":      bindings.PermissionDenied,
	"OOM":         bindings.ResourceExhausted,
	"READONLY":    bindings.Unavailable,
	"TRYAGAIN":    bindings.Unavailable,
	"WRONGPASS":   bindings.PermissionDenied,
}

// coded returns a client's error with its code.
func coded(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, redis.Nil):
		return bindings.NotFound
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	}
	if answer, ok := errors.AsType[redis.Error](err); ok {
		word, _, _ := strings.Cut(answer.Error(), " ")
		if code, ok := answers[word]; ok {
			return bindings.Errorf(code, "%w", err)
		}
		return bindings.Errorf(bindings.Unknown, "%w", err)
	}
	return bindings.Errorf(bindings.Unavailable, "%w", err) // no answer
}
