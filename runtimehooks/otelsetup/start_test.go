package otelsetup

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"

	"go.opentelemetry.io/otel"
	metricnoop "go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/propagation"
	tracenoop "go.opentelemetry.io/otel/trace/noop"
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
	shutdown := start(t, map[string]string{"OTEL_TRACES_EXPORTER": "none", "OTEL_METRICS_EXPORTER": "none", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"})
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
	shutdown := start(t, map[string]string{"OTEL_TRACES_EXPORTER": "console", "OTEL_METRICS_EXPORTER": "console"})
	_, span := otel.Tracer("test").Start(t.Context(), "the span")
	span.End()
	counter, err := otel.Meter("test").Int64Counter("the.counter")
	if err != nil {
		t.Fatal(err)
	}
	counter.Add(t.Context(), 1)
	if err := shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	write.Close()
	if text := <-printed; !strings.Contains(text, "the span") || !strings.Contains(text, "the.counter") {
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

// An error names every wrong variable and what it may be, and nothing is installed.
func TestErrors(t *testing.T) {
	for want, env := range map[string]map[string]string{
		`read OTEL_TRACES_EXPORTER: "zipkin" is not supported: must be otlp, console, none`:            {"OTEL_TRACES_EXPORTER": "zipkin"},
		`read OTEL_METRICS_EXPORTER: "prometheus" is not supported: must be otlp, console, none`:       {"OTEL_METRICS_EXPORTER": "prometheus"},
		`read OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" is not supported: must be http/protobuf`:             {"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc", "OTEL_METRICS_EXPORTER": "none"},
		`read OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: "http/json" is not supported: must be http/protobuf`: {"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "http/json"},
		"read OTEL_TRACES_EXPORTER: \"x\" is not supported: must be otlp, console, none\nread OTEL_METRICS_EXPORTER: \"y\" is not supported: must be otlp, console, none": {
			"OTEL_TRACES_EXPORTER": "x", "OTEL_METRICS_EXPORTER": "y",
		},
		"read OTEL_RESOURCE_ATTRIBUTES: ": {"OTEL_RESOURCE_ATTRIBUTES": "no equals sign"},
	} {
		environment(t, env)
		before := otel.GetTracerProvider()
		_, err := Start(t.Context())
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v: error is %v, want %q", env, err, want)
		}
		if otel.GetTracerProvider() != before {
			t.Errorf("%v: a provider was installed", env)
		}
		for name := range env {
			os.Unsetenv(name)
		}
	}
}

// A protocol for one signal beats the one for all.
func TestProtocolOfSignal(t *testing.T) {
	shutdown := start(t, map[string]string{
		"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "http/protobuf", "OTEL_METRICS_EXPORTER": "none",
	})
	if err := shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}
