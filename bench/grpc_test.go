package bench

import (
	"context"
	"io"
	"net"
	"runtime"
	"slices"
	"testing"

	"go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/propagation"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	pb "google.golang.org/grpc/interop/grpc_testing"
	"google.golang.org/grpc/test/bufconn"

	"github.com/instrumentgo/instrument/runtimehooks/grpchooks"
)

// grpcContender makes servers and connections.
type grpcContender struct {
	name   string
	server func() *grpc.Server
	dial   func(string, ...grpc.DialOption) (*grpc.ClientConn, error)
}

// The contenders for gRPC: without telemetry, with what the tool has programs call, and with
// OpenTelemetry's own handlers, which programs name themselves.
var (
	plainGRPC = grpcContender{"plain", func() *grpc.Server { return grpc.NewServer() }, grpc.NewClient}
	wovenGRPC = grpcContender{"woven", func() *grpc.Server { return grpchooks.NewServer() }, grpchooks.NewClient}
	otelGRPC  = grpcContender{
		"otelgrpc",
		func() *grpc.Server { return grpc.NewServer(grpc.StatsHandler(otelgrpc.NewServerHandler())) },
		func(target string, opts ...grpc.DialOption) (*grpc.ClientConn, error) {
			return grpc.NewClient(target, append(opts, grpc.WithStatsHandler(otelgrpc.NewClientHandler()))...)
		},
	}
)

// echo is the service.
type echo struct {
	pb.UnimplementedTestServiceServer
}

func (*echo) UnaryCall(context.Context, *pb.SimpleRequest) (*pb.SimpleResponse, error) {
	return new(pb.SimpleResponse), nil
}

func (*echo) FullDuplexCall(stream grpc.BidiStreamingServer[pb.StreamingOutputCallRequest, pb.StreamingOutputCallResponse]) error {
	for {
		if _, err := stream.Recv(); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		if err := stream.Send(new(pb.StreamingOutputCallResponse)); err != nil {
			return err
		}
	}
}

// start returns a client of a server in this process, and what stops both.
func (c grpcContender) start(tb testing.TB) (pb.TestServiceClient, func()) {
	listener := bufconn.Listen(1 << 20)
	server := c.server()
	pb.RegisterTestServiceServer(server, new(echo))
	go server.Serve(listener)
	conn, err := c.dial("passthrough:///orders", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }))
	if err != nil {
		tb.Fatal(err)
	}
	stop := func() {
		conn.Close()
		server.GracefulStop()
	}
	tb.Cleanup(stop)
	return pb.NewTestServiceClient(conn), stop
}

func propagate(tb testing.TB) {
	old := otel.GetTextMapPropagator()
	otel.SetTextMapPropagator(propagation.TraceContext{})
	tb.Cleanup(func() { otel.SetTextMapPropagator(old) })
}

// BenchmarkGRPC measures unary calls, both ends in one process.
func BenchmarkGRPC(b *testing.B) {
	needOn(b)
	for _, t := range tracings() {
		for _, c := range []grpcContender{plainGRPC, wovenGRPC, otelGRPC} {
			b.Run("trace="+t.name+"/by="+c.name, func(b *testing.B) {
				install(b, t.provider())
				propagate(b)
				client, _ := c.start(b)
				request := new(pb.SimpleRequest)
				call(b, client, request)
				b.ReportAllocs()
				b.ResetTimer()
				start := cpuTime(b)
				for b.Loop() {
					call(b, client, request)
				}
				b.ReportMetric(float64(cpuTime(b)-start)/float64(b.N), "cpu-ns/op")
			})
		}
	}
}

func call(tb testing.TB, client pb.TestServiceClient, request *pb.SimpleRequest) {
	if _, err := client.UnaryCall(context.Background(), request); err != nil {
		tb.Fatal(err)
	}
}

// TestGRPCAllocations says that a woven call allocates less than one under otelgrpc.
func TestGRPCAllocations(t *testing.T) {
	needOn(t)
	for _, tr := range tracings() {
		t.Run(tr.name, func(t *testing.T) {
			install(t, tr.provider())
			propagate(t)
			read := func(c grpcContender) cost {
				client, _ := c.start(t)
				request := new(pb.SimpleRequest)
				const calls = 300
				least := cost{}
				for range 5 { // the first prepares what is prepared once
					var before, after runtime.MemStats
					runtime.ReadMemStats(&before)
					for range calls {
						call(t, client, request)
					}
					runtime.ReadMemStats(&after)
					c := cost{float64(after.TotalAlloc-before.TotalAlloc) / calls, float64(after.Mallocs-before.Mallocs) / calls}
					if least.objects == 0 || c.objects < least.objects {
						least = c
					}
				}
				return least
			}
			plain, woven, contrib := read(plainGRPC), read(wovenGRPC), read(otelGRPC)
			t.Logf("beyond %.0f bytes in %.1f objects: woven %.0f in %.1f, otelgrpc %.0f in %.1f", plain.bytes, plain.objects,
				woven.bytes-plain.bytes, woven.objects-plain.objects, contrib.bytes-plain.bytes, contrib.objects-plain.objects)
			if woven.objects >= contrib.objects || woven.bytes >= contrib.bytes {
				t.Errorf("woven allocates %.0f bytes in %.1f objects, otelgrpc %.0f in %.1f", woven.bytes, woven.objects, contrib.bytes, contrib.objects)
			}
		})
	}
}

// TestGRPCSame says that the pack records what otelgrpc does, and nothing beside it: at each end
// that has otelgrpc's handler, that alone records.
func TestGRPCSame(t *testing.T) {
	needOn(t)
	serverHandler := func() *grpc.Server { return grpchooks.NewServer(grpc.StatsHandler(otelgrpc.NewServerHandler())) }
	clientHandler := func(target string, opts ...grpc.DialOption) (*grpc.ClientConn, error) {
		return grpchooks.NewClient(target, append(opts, grpc.WithStatsHandler(otelgrpc.NewClientHandler()))...)
	}
	const unary, stream = "grpc.testing.TestService/UnaryCall", "grpc.testing.TestService/FullDuplexCall"
	want := []string{
		"client " + stream, "client " + unary, "rpc.client.call.duration 2", "rpc.server.call.duration 2", "server " + stream, "server " + unary,
	}
	for _, c := range []struct {
		grpcContender
		server, client string // scope of the spans
	}{
		{otelGRPC, otelgrpc.ScopeName, otelgrpc.ScopeName},
		{wovenGRPC, wovenScope, wovenScope},
		{grpcContender{"server has a handler", serverHandler, grpchooks.NewClient}, otelgrpc.ScopeName, wovenScope},
		{grpcContender{"client has a handler", wovenGRPC.server, clientHandler}, wovenScope, otelgrpc.ScopeName},
		{grpcContender{"both have handlers", serverHandler, clientHandler}, otelgrpc.ScopeName, otelgrpc.ScopeName},
	} {
		t.Run(c.name, func(t *testing.T) {
			spans, reader := tracetest.NewSpanRecorder(), sdkmetric.NewManualReader()
			install(t, sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans)))
			otel.SetMeterProvider(sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)))
			propagate(t)
			client, stop := c.start(t)
			call(t, client, new(pb.SimpleRequest))
			s, err := client.FullDuplexCall(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			s.CloseSend()
			if _, err := s.Recv(); err != io.EOF {
				t.Fatal(err)
			}
			stop()
			var got []string
			traces := map[string]bool{}
			for _, s := range spans.Ended() {
				got = append(got, s.SpanKind().String()+" "+s.Name())
				traces[s.SpanContext().TraceID().String()] = true
				scope := c.client
				if s.SpanKind().String() == "server" {
					scope = c.server
				}
				if s.InstrumentationScope().Name != scope {
					t.Errorf("the %s span is of scope %s", s.SpanKind(), s.InstrumentationScope().Name)
				}
			}
			if len(traces) != 2 {
				t.Errorf("there are %d traces, want one a call", len(traces))
			}
			got = append(got, counted(t, reader)...)
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("recorded are %q, want %q", got, want)
			}
		})
	}
}

// wovenScope is the scope of what woven code records.
const wovenScope = "github.com/instrumentgo/instrument"

// counted returns the names of the histograms, each with how many calls it has counted.
func counted(t *testing.T, reader sdkmetric.Reader) (list []string) {
	var all metricdata.ResourceMetrics
	if err := reader.Collect(context.Background(), &all); err != nil {
		t.Fatal(err)
	}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			n := 0
			for _, p := range m.Data.(metricdata.Histogram[float64]).DataPoints {
				n += int(p.Count)
			}
			list = append(list, m.Name+" "+string(rune('0'+n)))
		}
	}
	return list
}
