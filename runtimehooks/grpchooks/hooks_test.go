package grpchooks

import (
	"context"
	"io"
	"net"
	"slices"
	"testing"
	"time"

	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	pb "google.golang.org/grpc/interop/grpc_testing"
	"google.golang.org/grpc/test/bufconn"

	"github.com/instrumentgo/instrument/internal/recorded"
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

// record installs an SDK that keeps everything, for the time of the test.
func record(t *testing.T) telemetryOf {
	spans, reader := recorded.Telemetry(t)
	return telemetryOf{spans, reader}
}

// tree returns the spans that have ended, one a line, with the named attributes.
func (got telemetryOf) tree(keys ...string) string { return recorded.Tree(got.spans, keys...) }

// clientEnded reports whether a client's span has ended.
func (got telemetryOf) clientEnded() bool {
	return slices.ContainsFunc(got.spans.Ended(), func(s sdktrace.ReadOnlySpan) bool { return s.SpanKind() == trace.SpanKindClient })
}

// points returns the attributes of a histogram's points, sorted, each with its count.
func (got telemetryOf) points(t *testing.T, name string) []string {
	t.Helper()
	return recorded.Points(t, got.reader, name)
}

func withTimeout(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	t.Cleanup(cancel)
	return ctx
}
