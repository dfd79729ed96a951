package grpchooks

import (
	"context"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	metricnoop "go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/propagation"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
	tracenoop "go.opentelemetry.io/otel/trace/noop"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	pb "google.golang.org/grpc/interop/grpc_testing"
	"google.golang.org/grpc/test/bufconn"
)

// service is a server's implementation, by functions.
type service struct {
	pb.UnimplementedTestServiceServer
	unary func(context.Context, *pb.SimpleRequest) (*pb.SimpleResponse, error)
	both  func(pb.TestService_FullDuplexCallServer) error
	in    func(pb.TestService_StreamingInputCallServer) error
}

func (s *service) UnaryCall(ctx context.Context, in *pb.SimpleRequest) (*pb.SimpleResponse, error) {
	return s.unary(ctx, in)
}

func (s *service) FullDuplexCall(stream pb.TestService_FullDuplexCallServer) error {
	return s.both(stream)
}

func (s *service) StreamingInputCall(stream pb.TestService_StreamingInputCallServer) error {
	return s.in(stream)
}

// fails is a service whose methods return err.
func fails(err error) *service {
	return &service{
		unary: func(context.Context, *pb.SimpleRequest) (*pb.SimpleResponse, error) {
			return new(pb.SimpleResponse), err
		},
		in: func(stream pb.TestService_StreamingInputCallServer) error {
			for {
				if _, end := stream.Recv(); end == io.EOF && err == nil {
					return stream.SendAndClose(new(pb.StreamingInputCallResponse))
				} else if end != nil {
					return err
				}
			}
		},
		both: func(stream pb.TestService_FullDuplexCallServer) error {
			for {
				in, err2 := stream.Recv()
				if err2 == io.EOF {
					return err
				}
				if err2 != nil {
					return err2
				}
				if err := stream.Send(&pb.StreamingOutputCallResponse{Payload: in.Payload}); err != nil {
					return err
				}
			}
		},
	}
}

// peers are a server and a connection to it, which stop ends: then all spans have ended.
type peers struct {
	client pb.TestServiceClient
	conn   *grpc.ClientConn
	stop   func()
}

// start serves a service by functions of this package.
func start(t testing.TB, s *service, server []grpc.ServerOption, client ...grpc.DialOption) peers {
	t.Helper()
	return serve(t, NewServer(server...), s, NewClient, client...)
}

func serve(t testing.TB, srv *grpc.Server, s *service, dial func(string, ...grpc.DialOption) (*grpc.ClientConn, error), client ...grpc.DialOption) peers {
	t.Helper()
	listener := bufconn.Listen(1 << 16)
	pb.RegisterTestServiceServer(srv, s)
	go srv.Serve(listener)
	conn, err := dial("passthrough:///orders.test:8080", append(client,
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }))...)
	if err != nil {
		t.Fatal(err)
	}
	stop := func() {
		conn.Close()
		srv.GracefulStop()
	}
	t.Cleanup(stop)
	return peers{pb.NewTestServiceClient(conn), conn, stop}
}

// telemetryOf is what the installed providers have got.
type telemetryOf struct {
	spans  *tracetest.SpanRecorder
	reader *sdkmetric.ManualReader
}

// record installs an SDK that keeps everything and the W3C propagators, and at the end of the test
// some that do nothing.
func record(t *testing.T) telemetryOf {
	got := telemetryOf{tracetest.NewSpanRecorder(), sdkmetric.NewManualReader()}
	otel.SetTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(got.spans)))
	otel.SetMeterProvider(sdkmetric.NewMeterProvider(sdkmetric.WithReader(got.reader)))
	otel.SetTextMapPropagator(propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{}))
	t.Cleanup(func() {
		otel.SetTracerProvider(tracenoop.NewTracerProvider())
		otel.SetMeterProvider(metricnoop.NewMeterProvider())
		otel.SetTextMapPropagator(propagation.NewCompositeTextMapPropagator())
	})
	return got
}

// tree returns the spans that have ended, one a line: below its parent, with kind, name and the
// named attributes.
func (got telemetryOf) tree(keys ...string) string {
	var b strings.Builder
	ended := got.spans.Ended()
	slices.SortFunc(ended, func(a, b sdktrace.ReadOnlySpan) int { return a.StartTime().Compare(b.StartTime()) })
	var write func(parent trace.SpanID, depth int)
	write = func(parent trace.SpanID, depth int) {
		for _, s := range ended {
			if s.Parent().SpanID() != parent {
				continue
			}
			b.WriteString(strings.Repeat("  ", depth) + s.SpanKind().String() + " " + s.Name())
			has := text(s.Attributes())
			for _, k := range keys {
				if v, ok := has[k]; ok {
					b.WriteString(" " + k + "=" + v)
				}
			}
			b.WriteString("\n")
			write(s.SpanContext().SpanID(), depth+1)
		}
	}
	write(trace.SpanID{}, 0)
	return b.String()
}

// clientEnded reports whether a client's span has ended.
func (got telemetryOf) clientEnded() bool {
	return slices.ContainsFunc(got.spans.Ended(), func(s sdktrace.ReadOnlySpan) bool { return s.SpanKind() == trace.SpanKindClient })
}

// points returns the attributes of a histogram's points, sorted, each with its count.
func (got telemetryOf) points(t *testing.T, name string) (lines []string) {
	t.Helper()
	var all metricdata.ResourceMetrics
	if err := got.reader.Collect(context.Background(), &all); err != nil {
		t.Fatal(err)
	}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			if m.Name != name {
				continue
			}
			if m.Unit != "s" {
				t.Errorf("the unit of %s is %q", name, m.Unit)
			}
			for _, p := range m.Data.(metricdata.Histogram[float64]).DataPoints {
				line := attribute.NewSet(p.Attributes.ToSlice()...)
				lines = append(lines, strings.TrimSpace(line.Encoded(attribute.DefaultEncoder()))+" ×"+string(rune('0'+p.Count)))
			}
		}
	}
	slices.Sort(lines)
	return lines
}

// text returns the attributes as text, by key.
func text(attrs []attribute.KeyValue) map[string]string {
	m := map[string]string{}
	for _, kv := range attrs {
		m[string(kv.Key)] = kv.Value.String()
	}
	return m
}

func withTimeout(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	t.Cleanup(cancel)
	return ctx
}
