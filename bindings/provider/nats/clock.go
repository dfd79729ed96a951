package nats

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/instrumentgo/instrument/bindings"
)

// clock is that of the server which leads a stream. It alone decides what expires: the clocks of
// clients may be minutes apart. It is the server's time at one moment of ours, and our monotonic
// clock since, so nobody who sets a clock moves it.
type clock struct {
	stream string

	mu     sync.Mutex
	at     time.Time // our moment; zero before the first measurement
	server time.Time // the server's time then
}

const (
	measureAgain = time.Minute            // until then two quartzes are apart by some milliseconds
	nearEnough   = 100 * time.Millisecond // an answer that took longer may be wrong by half of that; we ask again
	measurements = 3                      // at most: the fastest counts
)

// now returns the server's time.
func (c *clock) now(ctx context.Context, conn *conn) (time.Time, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.at.IsZero() || time.Since(c.at) > measureAgain {
		if err := c.measure(ctx, conn); err != nil {
			return time.Time{}, err
		}
	}
	return c.server.Add(time.Since(c.at)), nil
}

// measure asks the server for its time, which it had halfway between the question and the answer.
func (c *clock) measure(ctx context.Context, conn *conn) error {
	fastest := time.Duration(-1)
	for range measurements {
		asked := time.Now()
		server, err := conn.serverTime(ctx, c.stream)
		if err != nil {
			return err
		}
		took := time.Since(asked)
		if fastest < 0 || took < fastest {
			fastest = took
			c.at, c.server = asked.Add(took/2), server
		}
		if took < nearEnough {
			break
		}
	}
	return nil
}

// serverTime returns the time of the server that leads a stream.
func (c *conn) serverTime(ctx context.Context, stream string) (time.Time, error) {
	asking, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	answer, err := c.nc.RequestWithContext(asking, "$JS.API.STREAM.INFO."+stream, nil)
	if err != nil {
		return time.Time{}, coded(ctx, err)
	}
	var info struct {
		Error *jetstream.APIError `json:"error"`
		Time  time.Time           `json:"ts"`
	}
	if err := json.Unmarshal(answer.Data, &info); err != nil {
		return time.Time{}, bindings.Errorf(bindings.Unknown, "decode answer: %w", err)
	}
	if info.Error != nil {
		return time.Time{}, coded(ctx, info.Error)
	}
	if info.Time.IsZero() {
		return time.Time{}, bindings.Errorf(bindings.Unimplemented, "the server does not say its time")
	}
	return info.Time, nil
}
