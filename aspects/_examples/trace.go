package main

import (
	"context"
	"errors"
	"fmt"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
)

type Order struct{ ID string }

// Ship fails.
//
//instrument:trace kind=client attr=order.ID
func Ship(ctx context.Context, order *Order) error { return errors.New("no carrier") }

func main() {
	spans := tracetest.NewSpanRecorder()
	otel.SetTracerProvider(trace.NewTracerProvider(trace.WithSpanProcessor(spans)))
	Ship(context.Background(), &Order{ID: "o-1"})
	for _, span := range spans.Ended() {
		fmt.Println(span.Name(), span.SpanKind(), span.Status().Code)
		for _, a := range span.Attributes() {
			fmt.Println("  ", a.Key, a.Value.AsString())
		}
	}

	// Output:
	// main.Ship client Error
	//    code.function.name main.Ship
	//    order.ID o-1
	//    error.type *errors.errorString
}
