package otelsetup

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/log"
	metricnoop "go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	tracenoop "go.opentelemetry.io/otel/trace/noop"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	googlegrpc "google.golang.org/grpc"
)

// environment sets the OTEL_ variables to env and no others, and puts providers that do nothing in
// place, now and at the end.
func environment(t *testing.T, env map[string]string) {
	nothing := func() {
		otel.SetTracerProvider(tracenoop.NewTracerProvider())
		otel.SetMeterProvider(metricnoop.NewMeterProvider())
		otel.SetTextMapPropagator(propagation.NewCompositeTextMapPropagator())
	}
	nothing()
	t.Cleanup(nothing)
	for _, pair := range os.Environ() {
		if name, _, _ := strings.Cut(pair, "="); strings.HasPrefix(name, "OTEL_") {
			t.Setenv(name, "")
		}
	}
	for name, value := range env {
		t.Setenv(name, value)
	}
}

// start starts with env and stops at the end.
func start(t *testing.T, env map[string]string) (shutdown func(context.Context) error) {
	t.Helper()
	environment(t, env)
	shutdown, err := Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return shutdown
}

// A span and a measurement reach a collector, with the resource of the environment.
func TestOTLP(t *testing.T) {
	var mu sync.Mutex
	got := map[string]string{} // body by path
	collector := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		got[r.URL.Path] += string(body)
		mu.Unlock()
	}))
	defer collector.Close()
	shutdown := start(t, map[string]string{
		"OTEL_EXPORTER_OTLP_ENDPOINT": collector.URL,
		"OTEL_SERVICE_NAME":           "shop",
		"OTEL_RESOURCE_ATTRIBUTES":    "deployment.environment.name=test",
	})
	_, span := otel.Tracer("test").Start(t.Context(), "the span")
	span.End()
	counter, err := otel.Meter("test").Int64Counter("the.counter")
	if err != nil {
		t.Fatal(err)
	}
	counter.Add(t.Context(), 1)
	if err := shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := shutdown(t.Context()); err != nil {
		t.Errorf("the second shutdown: %v", err)
	}
	mu.Lock()
	defer mu.Unlock()
	for path, name := range map[string]string{"/v1/traces": "the span", "/v1/metrics": "the.counter"} {
		for _, want := range []string{name, "shop", "deployment.environment.name"} {
			if !strings.Contains(got[path], want) {
				t.Errorf("%s did not get %q", path, want)
			}
		}
	}
}

func TestNone(t *testing.T) {
	shutdown := start(t, map[string]string{"OTEL_TRACES_EXPORTER": "none", "OTEL_METRICS_EXPORTER": "none", "OTEL_LOGS_EXPORTER": "none"})
	if _, ok := otel.GetTracerProvider().(tracenoop.TracerProvider); !ok {
		t.Errorf("tracer provider is %T", otel.GetTracerProvider())
	}
	if err := shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestConsole(t *testing.T) {
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout := os.Stdout
	os.Stdout = write
	defer func() { os.Stdout = stdout }()
	printed := make(chan string)
	go func() {
		text, _ := io.ReadAll(read)
		printed <- string(text)
	}()
	shutdown := start(t, map[string]string{"OTEL_TRACES_EXPORTER": "console", "OTEL_METRICS_EXPORTER": "console", "OTEL_LOGS_EXPORTER": "console"})
	_, span := otel.Tracer("test").Start(t.Context(), "the span")
	span.End()
	counter, err := otel.Meter("test").Int64Counter("the.counter")
	if err != nil {
		t.Fatal(err)
	}
	counter.Add(t.Context(), 1)
	var record log.Record
	record.SetBody(attribute.StringValue("the record"))
	otel.Logger("test").Emit(t.Context(), record)
	if err := shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	write.Close()
	if text := <-printed; !strings.Contains(text, "the record") || !strings.Contains(text, "the span") || !strings.Contains(text, "the.counter") {
		t.Errorf("standard output is %q", text)
	}
}

func TestDisabled(t *testing.T) {
	shutdown := start(t, map[string]string{"OTEL_SDK_DISABLED": "TRUE", "OTEL_TRACES_EXPORTER": "nonsense"})
	if _, ok := otel.GetTracerProvider().(tracenoop.TracerProvider); !ok {
		t.Errorf("tracer provider is %T, want none installed", otel.GetTracerProvider())
	}
	if err := shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestPropagator(t *testing.T) {
	start(t, map[string]string{"OTEL_SDK_DISABLED": "true"})
	carrier := propagation.MapCarrier{"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "baggage": "a=b"}
	back := propagation.MapCarrier{}
	otel.GetTextMapPropagator().Inject(otel.GetTextMapPropagator().Extract(t.Context(), carrier), back)
	for name, value := range carrier {
		if back[name] != value {
			t.Errorf("%s is %q, want %q", name, back[name], value)
		}
	}
}

// What is unknown or not supported is reported and counts as unset.
func TestIgnored(t *testing.T) {
	for _, c := range []struct {
		name, value string
		want        string // in the log
	}{
		{"OTEL_TRACES_EXPORTER", "zipkin", "OTEL_TRACES_EXPORTER=zipkin is ignored: it must be otlp, console or none"},
		{"OTEL_METRICS_EXPORTER", "prometheus", "OTEL_METRICS_EXPORTER=prometheus is ignored: it must be otlp, console or none"},
		{"OTEL_LOGS_EXPORTER", "none, file", "OTEL_LOGS_EXPORTER=file is ignored: it must be otlp, console or none"},
		{"OTEL_EXPORTER_OTLP_PROTOCOL", "http/json", "OTEL_EXPORTER_OTLP_PROTOCOL=http/json is ignored: it must be http/protobuf or grpc"},
		{"OTEL_EXPORTER_OTLP_LOGS_PROTOCOL", "udp", "OTEL_EXPORTER_OTLP_LOGS_PROTOCOL=udp is ignored: it must be http/protobuf or grpc"},
		{"OTEL_PROPAGATORS", "b3,zip", "OTEL_PROPAGATORS=zip is ignored: it must be tracecontext, baggage, b3, b3multi, jaeger, xray, ottrace or none"},
		{"OTEL_SDK_DISABLED", "yes", "OTEL_SDK_DISABLED=yes is ignored: it must be true or false"},
		{"OTEL_RESOURCE_ATTRIBUTES", "no equals sign", "OTEL_RESOURCE_ATTRIBUTES is ignored in part or as a whole"},
	} {
		logged := logs(t)
		shutdown := start(t, map[string]string{c.name: c.value, "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"})
		if !strings.Contains(logged.String(), c.want) {
			t.Errorf("%s=%s logs %q, want %q", c.name, c.value, logged, c.want)
		}
		if _, ok := otel.GetTracerProvider().(*sdktrace.TracerProvider); !ok {
			t.Errorf("%s=%s: the tracer provider is %T, want the default", c.name, c.value, otel.GetTracerProvider())
		}
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		shutdown(ended)
	}
}

// logs captures the log.
func logs(t *testing.T) *bytes.Buffer {
	t.Helper()
	var b bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&b, nil)))
	t.Cleanup(func() { slog.SetDefault(before) })
	return &b
}

// Several exporters may be named, each once; none among others adds nothing.
func TestLists(t *testing.T) {
	environment(t, map[string]string{
		"OTEL_TRACES_EXPORTER": "otlp, console,otlp", "OTEL_METRICS_EXPORTER": "none,console", "OTEL_LOGS_EXPORTER": "none",
		"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc", "OTEL_EXPORTER_OTLP_METRICS_PROTOCOL": "nonsense",
	})
	logged := logs(t)
	s := read()
	if got, want := fmt.Sprint(s.traces, s.metrics, s.logs), "{[otlp console] grpc} {[console] } {[] }"; got != want || logged.Len() > 0 {
		t.Errorf("settings are %s, want %s; log: %s", got, want, logged)
	}
}

// A collector that speaks gRPC gets spans.
func TestGRPC(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	got := make(chan *collector.ExportTraceServiceRequest, 10)
	server := googlegrpc.NewServer()
	collector.RegisterTraceServiceServer(server, traceServer{got: got})
	go server.Serve(listener)
	defer server.Stop()
	shutdown := start(t, map[string]string{
		"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://" + listener.Addr().String(),
		"OTEL_METRICS_EXPORTER": "none", "OTEL_LOGS_EXPORTER": "none",
	})
	_, span := otel.Tracer("test").Start(t.Context(), "the span")
	span.End()
	if err := shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if text := (<-got).String(); !strings.Contains(text, "the span") {
		t.Errorf("the collector got %s", text)
	}
}

type traceServer struct {
	collector.UnimplementedTraceServiceServer
	got chan *collector.ExportTraceServiceRequest
}

func (s traceServer) Export(_ context.Context, r *collector.ExportTraceServiceRequest) (*collector.ExportTraceServiceResponse, error) {
	s.got <- r
	return &collector.ExportTraceServiceResponse{}, nil
}

// A collector that does not answer takes the grace once, whatever the number of signals.
func TestShutdownInParallel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		hang := func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
		err := stops{hang, hang, func(context.Context) error { return nil }}.all(t.Context())
		if took := time.Since(begin); took != grace || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("shutdown took %v, want %v; error %v", took, grace, err)
		}
	})
}

// Main never keeps a program from running, and its end exports what is left.
func TestMainExports(t *testing.T) {
	var requests atomic.Int32
	collector := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { requests.Add(1) }))
	defer collector.Close()
	environment(t, map[string]string{
		"OTEL_EXPORTER_OTLP_ENDPOINT": collector.URL, "OTEL_EXPORTER_OTLP_CERTIFICATE": "/nowhere",
		"OTEL_METRICS_EXPORTER": "none", "OTEL_LOGS_EXPORTER": "none",
	})
	end := Main()
	_, span := otel.Tracer("test").Start(t.Context(), "the span")
	span.End()
	if end(); requests.Load() != 1 {
		t.Errorf("the collector got %d requests, want 1", requests.Load())
	}
}

// Records of the default logger name the span that they are written in.
func TestMainNamesSpans(t *testing.T) {
	environment(t, map[string]string{"OTEL_TRACES_EXPORTER": "console", "OTEL_METRICS_EXPORTER": "none", "OTEL_LOGS_EXPORTER": "none"})
	out := logs(t)
	defer Main()()
	ctx, span := otel.Tracer("test").Start(t.Context(), "the span")
	defer span.End()
	slog.InfoContext(ctx, "the record")
	if want := "trace_id=" + span.SpanContext().TraceID().String(); !strings.Contains(out.String(), want) {
		t.Errorf("record is %s, want %s", out, want)
	}
}

// OTEL_PROPAGATORS says which headers are written.
func TestPropagators(t *testing.T) {
	for names, want := range map[string]string{
		"b3": "b3", "b3multi,baggage": "x-b3-traceid", "none": "", "": "traceparent", "nonsense": "traceparent", "jaeger": "uber-trace-id",
	} {
		logs(t)
		start(t, map[string]string{"OTEL_SDK_DISABLED": "true", "OTEL_PROPAGATORS": names})
		parent := propagation.TraceContext{}.Extract(t.Context(), propagation.MapCarrier{"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"})
		carrier := propagation.MapCarrier{}
		otel.GetTextMapPropagator().Inject(parent, carrier)
		if carrier[want] == "" && (want != "" || len(carrier) > 0) {
			t.Errorf("%q writes %v, want %s", names, carrier, want)
		}
	}
}
