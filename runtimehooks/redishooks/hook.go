package redishooks

import (
	"context"
	"errors"
	"net"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/redis/go-redis/v9"

	"github.com/instrumentgo/instrument/internal/observe"
)

// hook records what the client of one server does. It is the first of the client's hooks, and so
// the outermost.
type hook struct {
	client *redis.Client
	watch  *observe.Client
}

func newHook(c *redis.Client) *hook {
	o := c.Options()
	target := observe.Target{System: "redis", Namespace: strconv.Itoa(o.DB)}
	if o.Network == "unix" {
		target.Host = o.Addr
	} else if host, port, err := net.SplitHostPort(o.Addr); err == nil { // a failover client has a name there
		if host == "" {
			host = "localhost" // as Go dials it; a cluster on this machine has such nodes
		}
		target.Host, target.Port = host, port
	}
	return &hook{c, observe.New(target)}
}

// DialHook implements redis.Hook.
func (h *hook) DialHook(next redis.DialHook) redis.DialHook { return next }

// ProcessHook implements redis.Hook. It is called again when another hook is added.
func (h *hook) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	var others unless
	return func(ctx context.Context, cmd redis.Cmder) error {
		if !h.watch.Listening(ctx) || connects(cmd) || others.record(h.client) {
			return next(ctx, cmd)
		}
		ctx, query := h.watch.BeginOperation(ctx, operation(cmd), 1)
		left := true
		defer func() {
			if left {
				query.End(errLeft, "")
			}
		}()
		err := next(ctx, cmd)
		left = false
		end(&query, err)
		return err
	}
}

// ProcessPipelineHook implements redis.Hook. Commands between MULTI and EXEC come with these two. A
// cluster makes the hook anew for each pipeline.
func (h *hook) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	var others unless
	return func(ctx context.Context, cmds []redis.Cmder) error {
		if !h.watch.Listening(ctx) || connect(cmds) || others.record(h.client) {
			return next(ctx, cmds)
		}
		ctx, query := h.watch.BeginOperation(ctx, batch(cmds), size(cmds))
		left := true
		defer func() {
			if left {
				query.End(errLeft, "")
			}
		}()
		err := next(ctx, cmds)
		left = false
		if err == redis.Nil { // of the first that failed; another may have failed in earnest
			end(&query, worst(cmds))
		} else {
			end(&query, err)
		}
		return err
	}
}

// errLeft is the outcome of a command that left by a panic or runtime.Goexit.
var errLeft = errors.New("the command left by a panic or runtime.Goexit")

// end ends an operation with its result. That there is no value is no error.
func end(query *observe.Query, err error) {
	if errors.Is(err, redis.Nil) {
		err = nil
	}
	query.End(err, code(err))
}

// code returns the code of a server's error, "" of another.
func code(err error) string {
	var server redis.Error
	if err == nil || !errors.As(err, &server) {
		return ""
	}
	word, _, _ := strings.Cut(server.Error(), " ")
	if !isCode(word) {
		return ""
	}
	return word
}

// isCode reports whether the first word of a server's error is a code: others are the client's own
// or those of scripts.
func isCode(word string) bool {
	for _, c := range []byte(word) {
		if (c < 'A' || c > 'Z') && c != '_' {
			return false
		}
	}
	return word != ""
}

// worst returns the first error of commands that is not about a missing value.
func worst(cmds []redis.Cmder) error {
	for _, cmd := range cmds {
		if err := cmd.Err(); err != nil && err != redis.Nil {
			return err
		}
	}
	return nil
}

// unless knows whether others record what a chain of hooks does. It asks once: whoever adds a hook
// gets a new chain.
type unless struct{ answer atomic.Int32 }

func (u *unless) record(c *redis.Client) bool {
	const yes, no = 1, 2
	switch u.answer.Load() {
	case yes:
		return true
	case no:
		return false
	}
	if recordedByOthers(c) {
		u.answer.Store(yes)
		return true
	}
	u.answer.Store(no)
	return false
}
