package kv_test

import (
	"slices"
	"testing"

	"go.opentelemetry.io/otel"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	tracenoop "go.opentelemetry.io/otel/trace/noop"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/kv"
	"github.com/instrumentgo/instrument/bindings/provider/mem"
)

// Who looks at a trace sees each operation with the system that did it, and neither keys nor values
// nor tenants.
func TestOperationsAreRecorded(t *testing.T) {
	spans := tracetest.NewSpanRecorder()
	otel.SetTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans)))
	t.Cleanup(func() { otel.SetTracerProvider(tracenoop.NewTracerProvider()) })
	p, err := bindings.Open(t.Context(), bindings.Environment{Namespace: "orders", Bindings: []bindings.Binding{{Name: "carts", URL: "mem:?tenants=true"}}}, mem.Provider)
	if err != nil {
		t.Fatal(err)
	}
	carts, err := kv.Open[string, string](t.Context(), p, "carts")
	if err != nil {
		t.Fatal(err)
	}
	ctx := bindings.WithTenant(t.Context(), "acme")
	carts.Set(ctx, "hidden-key", "hidden-value")
	carts.Get(ctx, "hidden-key")
	carts.CompareAndSwap(ctx, "hidden-key", 99, "other")
	carts.Get(t.Context(), "hidden-key")
	var got []string
	for _, s := range spans.Ended() {
		text := s.Name()
		for _, a := range s.Attributes() {
			if a.Key == "db.system.name" || a.Key == "error.type" {
				text += " " + a.Value.String()
			}
			if v := a.Value.String(); v == "hidden-key" || v == "hidden-value" || v == "acme" {
				t.Errorf("%s is recorded as %s", v, a.Key)
			}
		}
		got = append(got, text)
	}
	want := []string{"set carts memory", "get carts memory", "compare and swap carts memory failed_precondition", "get carts memory failed_precondition"}
	if !slices.Equal(got, want) {
		t.Errorf("spans are %q, want %q", got, want)
	}
}
