package topic_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/topic"
)

// unreachable is a provider whose sources look when the test says so, with the result that it says.
type unreachable struct {
	topic.Store
	looked func(error)
	looks  chan error
}

func (u *unreachable) provider() *bindings.Provider {
	return &bindings.Provider{Name: "unreachable", Schemes: []string{"unreachable"}, Kinds: []bindings.Kind{bindings.Topic},
		Open: func(context.Context, bindings.Target) (bindings.Conn, error) { return u, nil }}
}

func (u *unreachable) Ping(context.Context) error  { return nil }
func (u *unreachable) Close(context.Context) error { return nil }
func (u *unreachable) OpenTopic(context.Context, bindings.Space, time.Duration) (topic.Store, error) {
	return u, nil
}
func (u *unreachable) Abilities() topic.Abilities { return topic.Abilities{} }
func (u *unreachable) Subscribe(_ context.Context, g topic.Group) (topic.Source, error) {
	u.looked = g.Looked
	return lookingSource{u}, nil
}

type lookingSource struct{ *unreachable }

func (s lookingSource) Next(ctx context.Context) (topic.Received, error) {
	select {
	case err := <-s.looks:
		s.looked(err)
		return topic.Received{}, err
	case <-ctx.Done():
		return topic.Received{}, ctx.Err()
	}
}
func (lookingSource) Close() error { return nil }

// A program whose generated subscriber cannot receive is not ready until it can, which needs no
// message. That is logged once, and each failure is counted.
func TestSubscriptionThatCannotReceive(t *testing.T) {
	var log bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
	defer slog.SetDefault(before)
	reader, meters := metric.NewManualReader(), otel.GetMeterProvider()
	otel.SetMeterProvider(metric.NewMeterProvider(metric.WithReader(reader)))
	defer otel.SetMeterProvider(meters)

	u := &unreachable{looks: make(chan error)}
	env := bindings.Environment{Name: "test", Namespace: "shop", Bindings: []bindings.Binding{{Name: "placed", URL: "unreachable:x"}}}
	p, err := bindings.Open(t.Context(), env, u.provider())
	if err != nil {
		t.Fatal(err)
	}
	if err := topic.Handle(t.Context(), p, "placed", "billing", func(context.Context, string) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if err := p.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	healthy := func() error { return p.Health(t.Context())[0].Err }
	if err := healthy(); err != nil {
		t.Fatalf("before any look: %v", err)
	}
	for range 3 {
		u.looks <- bindings.Unavailable
	}
	for healthy() == nil { // the third look is noted soon
		time.Sleep(time.Millisecond)
	}
	if err := healthy(); bindings.Code(err) != bindings.Unavailable || !strings.Contains(err.Error(), "placed") {
		t.Errorf("health is %v, want that placed is unavailable", err)
	}
	u.looks <- nil
	for healthy() != nil {
		time.Sleep(time.Millisecond)
	}
	if err := p.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"a subscription cannot receive messages", "a subscription receives messages again"} {
		if n := strings.Count(log.String(), line); n != 1 {
			t.Errorf("logged %d times: %s\n%s", n, line, &log)
		}
	}
	var all metricdata.ResourceMetrics
	if err := reader.Collect(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	if n := failures(all); n != 3 {
		t.Errorf("%d failures are counted, want 3", n)
	}
}

// failures returns how many looks have failed.
func failures(all metricdata.ResourceMetrics) (n int64) {
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			if sum, ok := m.Data.(metricdata.Sum[int64]); ok && m.Name == "instrument.bindings.receive.failures" {
				for _, point := range sum.DataPoints {
					n += point.Value
				}
			}
		}
	}
	return n
}
