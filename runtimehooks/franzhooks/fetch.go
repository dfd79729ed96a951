package franzhooks

import (
	"context"
	"errors"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/instrumentgo/instrument/internal/observe"
)

// fetched is the context of a record that was fetched, with its producer's trace.
type fetched struct {
	context.Context
	client *client
}

type fetchedKey struct{}

// Value returns the client for its key.
func (f *fetched) Value(key any) any {
	if key == (fetchedKey{}) {
		return f.client
	}
	return f.Context.Value(key)
}

// ClientPollFetches is (*kgo.Client).PollFetches, recorded if records come.
func ClientPollFetches(cl *kgo.Client, ctx context.Context) kgo.Fetches {
	return polled(cl, ctx, cl.PollFetches)
}

// ClientPollRecords is (*kgo.Client).PollRecords, recorded if records come.
func ClientPollRecords(cl *kgo.Client, ctx context.Context, maxPollRecords int) kgo.Fetches {
	return polled(cl, ctx, func(ctx context.Context) kgo.Fetches { return cl.PollRecords(ctx, maxPollRecords) })
}

func polled(cl *kgo.Client, ctx context.Context, poll func(context.Context) kgo.Fetches) kgo.Fetches {
	start := time.Now()
	fetches := poll(ctx)
	c := clientOf(cl)
	if c == nil {
		return fetches
	}
	if ctx == nil {
		ctx = context.Background() // as franz-go takes it
	}
	for _, t := range topics(fetches) {
		c.watch.Record(ctx, observe.Message{Destination: t.name, Group: c.group, Count: t.count}, start, t.links, nil)
	}
	return fetches
}

// topic is what a poll has of one.
type topic struct {
	name  string
	count int
	links []trace.Link
}

// mostLinks is how many producers a span of a poll is linked to: as many as a span has, by default.
const mostLinks = 128

// topics returns the topics that there are records of, in the order of the fetches.
func topics(fetches kgo.Fetches) (list []*topic) {
	known := map[string]*topic{}
	fetches.EachRecord(func(r *kgo.Record) {
		t := known[r.Topic]
		if t == nil {
			t = &topic{name: r.Topic}
			known[r.Topic] = t
			list = append(list, t)
		}
		t.count++
		if r.Context == nil || len(t.links) == mostLinks {
			return
		}
		if sc := trace.SpanContextFromContext(r.Context); sc.IsValid() {
			t.links = append(t.links, trace.Link{SpanContext: sc})
		}
	})
	return list
}

// FetchesEachRecord is (kgo.Fetches).EachRecord, with a span for each call of fn.
func FetchesEachRecord(fs kgo.Fetches, fn func(*kgo.Record)) {
	fs.EachRecord(func(r *kgo.Record) {
		if r.Context == nil {
			fn(r)
			return
		}
		c, ok := r.Context.Value(fetchedKey{}).(*client)
		if !ok {
			fn(r)
			return
		}
		c.process(r, fn)
	})
}

// errLeft is the outcome of a function that left by a panic or runtime.Goexit.
var errLeft = errors.New("the function left by a panic or runtime.Goexit")

// process runs a function for a record, whose context is that of the span meanwhile.
func (c *client) process(r *kgo.Record, fn func(*kgo.Record)) {
	before := r.Context
	ctx, call := c.watch.Begin(before, observe.Process, observe.Message{Destination: r.Topic, Group: c.group, Size: len(r.Value), Counted: true})
	call.Set(func() []attribute.KeyValue { return place(r) })
	err := errLeft
	defer func() {
		call.End(err)
		if r.Context == ctx {
			r.Context = before
		}
	}()
	r.Context = ctx
	fn(r)
	err = nil
}
