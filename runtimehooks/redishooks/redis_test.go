package redishooks

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/instrumentgo/instrument/internal/recorded"
)

const address = "127.0.0.1:6379"

// needServer skips a test where there is no server, and says so.
func needServer(t *testing.T) {
	t.Helper()
	c, err := net.DialTimeout("tcp", address, time.Second)
	if err != nil {
		t.Skipf("SKIPPED: no Redis at %s", address)
	}
	c.Close()
}

// key returns a key that no other test uses, and that is gone after this one.
func key(t *testing.T, c redis.UniversalClient, name string) string {
	k := fmt.Sprintf("instrument:%s:%s:%d", t.Name(), name, time.Now().UnixNano())
	t.Cleanup(func() { c.Del(context.Background(), k) })
	return k
}

// client makes a client, closed after the test.
func client(t *testing.T) *redis.Client {
	needServer(t)
	c := NewClient(&redis.Options{Addr: address, DB: 3, MaxRetries: -1})
	t.Cleanup(func() { c.Close() })
	return c
}

// spansOf returns the name, type of error and number of operations of each span, and forgets them.
func spansOf(spans *tracetest.SpanRecorder) (all []string) {
	for _, s := range spans.Ended() {
		attrs := recorded.Text(s.Attributes())
		text := s.Name()
		for _, name := range []string{"error.type", "db.operation.batch.size"} {
			if attrs[name] != "" {
				text += " " + attrs[name]
			}
		}
		all = append(all, text)
	}
	spans.Reset()
	return all
}

// A command has a span below the caller's, with what the conventions ask for and no value.
func TestSpan(t *testing.T) {
	spans, reader := recorded.Telemetry(t)
	c := client(t)
	k := key(t, c, "secret-key")
	ctx, parent := otel.Tracer("test").Start(t.Context(), "parent")
	if err := c.Set(ctx, k, "secret-value", 0).Err(); err != nil {
		t.Fatal(err)
	}
	if err := c.LPush(ctx, k, "secret-item").Err(); err == nil {
		t.Fatal("a string is no list")
	}
	parent.End()
	ended := spans.Ended()
	want := map[string]string{"db.system.name": "redis", "db.namespace": "3", "db.operation.name": "SET", "server.address": "127.0.0.1", "server.port": "6379"}
	if diff := cmp.Diff(want, recorded.Text(ended[0].Attributes())); diff != "" {
		t.Error(diff)
	}
	want["db.operation.name"], want["error.type"], want["db.response.status_code"] = "LPUSH", "WRONGTYPE", "WRONGTYPE"
	if diff := cmp.Diff(want, recorded.Text(ended[1].Attributes())); diff != "" {
		t.Error(diff)
	}
	if s := ended[1].Status(); s.Code != codes.Error || s.Description != "WRONGTYPE" {
		t.Errorf("the status is %v", s)
	}
	for _, s := range ended[:2] {
		if s.SpanKind() != trace.SpanKindClient || s.Parent().SpanID() != parent.SpanContext().SpanID() {
			t.Errorf("span %s is a %v below %v", s.Name(), s.SpanKind(), s.Parent())
		}
		if text := fmt.Sprint(s.Name(), s.Attributes(), s.Events(), s.Status()); strings.Contains(text, "secret") {
			t.Errorf("span %s shows %s", s.Name(), text)
		}
	}
	got := recorded.Counts(t, reader, "db.client.operation.duration", "db.operation.name", "error.type")
	if want := []string{"LPUSH WRONGTYPE: 1", "SET: 1"}; !slices.Equal(got, want) {
		t.Errorf("points are %q, want %q", got, want)
	}
}

// One span is what is sent at once, whatever way it takes; what makes the connection has none.
func TestNames(t *testing.T) {
	spans, _ := recorded.Telemetry(t)
	c := client(t)
	ctx := t.Context()
	k := key(t, c, "k")
	for _, step := range []struct {
		do   func() error
		want []string
	}{
		{func() error { return c.Get(ctx, k).Err() }, []string{"GET"}}, // redis.Nil
		{func() error { return c.Do(ctx, "client", "id").Err() }, []string{"CLIENT"}},
		{func() error { return c.Do(ctx, "nosuch", k).Err() }, []string{"NOSUCH ERR"}},
		{func() error {
			_, err := c.Pipelined(ctx, func(p redis.Pipeliner) error { p.Incr(ctx, k); p.Incr(ctx, k); return nil })
			return err
		}, []string{"PIPELINE INCR 2"}},
		{func() error {
			_, err := c.Pipelined(ctx, func(p redis.Pipeliner) error { p.Get(ctx, k+"-none"); p.LPush(ctx, k, 1); p.Get(ctx, k); return nil })
			return err
		}, []string{"PIPELINE WRONGTYPE 3"}},
		{func() error {
			_, err := c.Pipelined(ctx, func(p redis.Pipeliner) error { p.Get(ctx, k); return nil })
			return err
		}, []string{"PIPELINE GET"}},
		{func() error {
			_, err := c.TxPipelined(ctx, func(p redis.Pipeliner) error { p.Incr(ctx, k); p.Get(ctx, k); return nil })
			return err
		}, []string{"MULTI 2"}},
		{func() error {
			return c.Watch(ctx, func(tx *redis.Tx) error {
				_, err := tx.TxPipelined(ctx, func(p redis.Pipeliner) error { p.Incr(ctx, k); p.Incr(ctx, k); return nil })
				return err
			}, k)
		}, []string{"WATCH", "MULTI INCR 2"}}, // older versions send UNWATCH, too
		{func() error {
			ended, cancel := context.WithCancel(ctx)
			cancel()
			return c.BLPop(ended, time.Minute, k+"-list").Err()
		}, []string{"BLPOP canceled"}},
	} {
		err := step.do()
		got := spansOf(spans)
		if n := len(got) - 1; n > 0 && got[n] == "UNWATCH" {
			got = got[:n]
		}
		if !slices.Equal(got, step.want) {
			t.Errorf("spans are %q, want %q (%v)", got, step.want, err)
		}
	}
}

// A server that cannot be reached, and a command that panics, have ended spans that say so.
func TestFailures(t *testing.T) {
	spans, _ := recorded.Telemetry(t)
	c := NewClient(&redis.Options{Addr: "127.0.0.1:1", MaxRetries: -1})
	defer c.Close()
	if err := c.Ping(t.Context()).Err(); err == nil {
		t.Fatal("nothing listens there")
	}
	c.AddHook(panics{})
	func() {
		defer func() { recover() }()
		c.Ping(t.Context())
	}()
	if got, want := spansOf(spans), []string{"PING _OTHER", "PING _OTHER"}; !slices.Equal(got, want) {
		t.Errorf("spans are %q, want %q", got, want)
	}
}

type panics struct{ passes }

func (panics) ProcessHook(redis.ProcessHook) redis.ProcessHook {
	return func(context.Context, redis.Cmder) error { panic("boom") }
}

// passes is a hook that does nothing.
type passes struct{}

func (passes) DialHook(next redis.DialHook) redis.DialHook          { return next }
func (passes) ProcessHook(next redis.ProcessHook) redis.ProcessHook { return next }
func (passes) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

// Every way to make a client makes one that is recorded, at the server that is asked.
func TestClients(t *testing.T) {
	needServer(t)
	spans, _ := recorded.Telemetry(t)
	slots := func(context.Context) ([]redis.ClusterSlot, error) {
		return []redis.ClusterSlot{{Start: 0, End: 16383, Nodes: []redis.ClusterNode{{Addr: address}}}}, nil
	}
	for name, c := range map[string]redis.UniversalClient{
		"ring":              NewRing(&redis.RingOptions{Addrs: map[string]string{"a": address}}),
		"cluster":           NewClusterClient(&redis.ClusterOptions{Addrs: []string{address}, ClusterSlots: slots}),
		"universal":         NewUniversalClient(&redis.UniversalOptions{Addrs: []string{address}}),
		"universal cluster": NewUniversalClient(&redis.UniversalOptions{Addrs: []string{address, "127.0.0.1:1"}}),
	} {
		t.Run(name, func(t *testing.T) {
			defer c.Close()
			k := key(t, c, "k")
			err := c.Set(t.Context(), k, 1, time.Minute).Err()
			if name == "universal cluster" { // the server is none of a cluster
				if err == nil {
					t.Error("the cluster has one server, which is none of a cluster")
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			spans.Reset()
			if _, err := c.Pipelined(t.Context(), func(p redis.Pipeliner) error { p.Incr(t.Context(), k); p.Incr(t.Context(), k); return nil }); err != nil {
				t.Fatal(err)
			}
			if got, err := c.Get(t.Context(), k).Int(); got != 3 || err != nil {
				t.Errorf("the value is %d, %v", got, err)
			}
			ended := spans.Ended()
			if attrs := recorded.Text(ended[0].Attributes()); attrs["server.address"] != "127.0.0.1" && attrs["server.address"] != "localhost" || attrs["server.port"] != "6379" {
				t.Errorf("the attributes are %v", attrs)
			}
			if got, want := spansOf(spans), []string{"PIPELINE INCR 2", "GET"}; !slices.Equal(got, want) {
				t.Errorf("spans are %q, want %q", got, want)
			}
		})
	}
}

// A client of a sentinel has the name of no server as its address.
func TestFailover(t *testing.T) {
	spans, _ := recorded.Telemetry(t)
	c := NewFailoverClient(&redis.FailoverOptions{MasterName: "m", SentinelAddrs: []string{"127.0.0.1:1"}, MaxRetries: -1, DialTimeout: time.Second})
	defer c.Close()
	if err := c.Ping(t.Context()).Err(); err == nil {
		t.Fatal("nothing listens there")
	}
	if attrs := recorded.Text(spans.Ended()[0].Attributes()); attrs["server.address"] != "" || attrs["db.operation.name"] != "PING" {
		t.Errorf("the attributes are %v", attrs)
	}
	f := NewFailoverClusterClient(&redis.FailoverOptions{MasterName: "m", SentinelAddrs: []string{"127.0.0.1:1"}, MaxRetries: -1})
	if err := f.Close(); err != nil {
		t.Error(err)
	}
}

// What is read of go-redis is there in each version that is tested.
func TestHooks(t *testing.T) {
	c := NewClient(&redis.Options{Addr: address})
	defer c.Close()
	c.AddHook(passes{})
	if hooks := hooksOf(c); !hooks.IsValid() || hooks.Len() != 2 || recordedByOthers(c) {
		t.Errorf("hooks of %T are %v, by others: %v", c, hooks, recordedByOthers(c))
	}
}

func TestCode(t *testing.T) {
	for err, want := range map[error]string{
		nil:                                     "",
		redis.Nil:                               "",
		errors.New("ERR of somebody"):           "",
		redis.TxFailedErr:                       "",
		serverError("MOVED 1 127.0.0.1:7"):      "MOVED",
		serverError("NO_SUCH"):                  "NO_SUCH",
		serverError("Error of some script"):     "",
		serverError(""):                         "",
		fmt.Errorf("x: %w", serverError("A b")): "A",
	} {
		if got := code(err); got != want {
			t.Errorf("the code of %v is %q, want %q", err, got, want)
		}
	}
}

type serverError string

func (e serverError) Error() string { return string(e) }
func (serverError) RedisError()     {}
