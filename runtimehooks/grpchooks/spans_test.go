package grpchooks

import (
	"context"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/baggage"
	otelcodes "go.opentelemetry.io/otel/codes"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	pb "google.golang.org/grpc/interop/grpc_testing"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

const (
	unaryMethod  = "grpc.testing.TestService/UnaryCall"
	streamMethod = "grpc.testing.TestService/FullDuplexCall"
)

// keys are the attributes that trees show.
var keys = []string{"rpc.system.name", "rpc.method", "rpc.method_original", "rpc.response.status_code", "error.type", "server.address", "server.port"}

// One trace: the caller's span, the client's, the server's, and what the method begins.
func TestUnary(t *testing.T) {
	got := record(t)
	s := fails(nil)
	s.unary = func(ctx context.Context, in *pb.SimpleRequest) (*pb.SimpleResponse, error) {
		_, span := otel.Tracer("").Start(ctx, "inside")
		span.End()
		if v := baggage.FromContext(ctx).Member("tenant").Value(); v != "acme" {
			t.Errorf("the baggage has tenant %q", v)
		}
		return new(pb.SimpleResponse), nil
	}
	p := start(t, s, nil)
	member, _ := baggage.NewMember("tenant", "acme")
	bag, _ := baggage.New(member)
	ctx, span := otel.Tracer("").Start(baggage.ContextWithBaggage(withTimeout(t), bag), "outside")
	if _, err := p.client.UnaryCall(ctx, new(pb.SimpleRequest)); err != nil {
		t.Fatal(err)
	}
	span.End()
	p.stop()
	rpc := " rpc.system.name=grpc rpc.method=" + unaryMethod + " rpc.response.status_code=OK"
	want := "internal outside\n" +
		"  client " + unaryMethod + rpc + " server.address=orders.test server.port=8080\n" +
		"    server " + unaryMethod + rpc + " server.address=bufconn\n" +
		"      internal inside\n"
	if tree := got.tree(keys...); tree != want {
		t.Errorf("the spans are\n%swant\n%s", tree, want)
	}
	const series = "rpc.method=" + unaryMethod + ",rpc.response.status_code=OK,rpc.system.name=grpc"
	if points := got.points(t, clientDuration); !slices.Equal(points, []string{series + ",server.address=orders.test,server.port=8080 ×1"}) {
		t.Errorf("the client's points are %q", points)
	}
	if points := got.points(t, serverDuration); !slices.Equal(points, []string{series + " ×1"}) {
		t.Errorf("the server's points are %q", points)
	}
}

// A stream's spans last until its status is known.
func TestStream(t *testing.T) {
	got := record(t)
	p := start(t, fails(nil), nil)
	stream, err := p.client.FullDuplexCall(withTimeout(t))
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if err := stream.Send(new(pb.StreamingOutputCallRequest)); err != nil {
			t.Fatal(err)
		}
		if _, err := stream.Recv(); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(got.spans.Ended()); n != 0 {
		t.Errorf("%d spans have ended before the stream", n)
	}
	stream.CloseSend()
	if _, err := stream.Recv(); err != io.EOF {
		t.Fatal(err)
	}
	if !got.clientEnded() {
		t.Error("the client's span has not ended with its stream")
	}
	p.stop()
	want := "client " + streamMethod + " rpc.response.status_code=OK\n  server " + streamMethod + " rpc.response.status_code=OK\n"
	if tree := got.tree("rpc.response.status_code"); tree != want {
		t.Errorf("the spans are\n%swant\n%s", tree, want)
	}
}

// A client that only sends gets one answer, with which its stream ends, and one that is refused an
// error.
func TestClientStream(t *testing.T) {
	for _, err := range []error{nil, status.Error(codes.NotFound, "no order")} {
		got := record(t)
		p := start(t, fails(err), nil)
		stream, err2 := p.client.StreamingInputCall(withTimeout(t))
		if err2 != nil {
			t.Fatal(err2)
		}
		stream.Send(new(pb.StreamingInputCallRequest))
		if _, got := stream.CloseAndRecv(); status.Code(got) != status.Code(err) {
			t.Errorf("the answer is %v, want %v", got, err)
		}
		if !got.clientEnded() {
			t.Error("the client's span has not ended with its stream")
		}
		p.stop()
		name := codeName(status.Code(err))
		const method = "grpc.testing.TestService/StreamingInputCall"
		want := "client " + method + " rpc.response.status_code=" + name + "\n  server " + method + " rpc.response.status_code=" + name + "\n"
		if tree := got.tree("rpc.response.status_code"); tree != want {
			t.Errorf("the spans are\n%swant\n%s", tree, want)
		}
	}
}

// A stream that nobody reads to its end ends with its context, or with its connection.
func TestStreamLeft(t *testing.T) {
	for _, c := range []struct {
		name string
		end  func(cancel context.CancelFunc, p peers)
	}{
		{"context", func(cancel context.CancelFunc, p peers) { cancel() }},
		{"connection", func(_ context.CancelFunc, p peers) { p.conn.Close() }},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := record(t)
			p := start(t, fails(nil), nil)
			ctx, cancel := context.WithCancel(withTimeout(t))
			defer cancel()
			stream, err := p.client.FullDuplexCall(ctx)
			if err != nil {
				t.Fatal(err)
			}
			stream.Send(new(pb.StreamingOutputCallRequest))
			if _, err := stream.Recv(); err != nil {
				t.Fatal(err)
			}
			c.end(cancel, p)
			p.stop()
			for ctx := withTimeout(t); len(got.spans.Ended()) < 2 && ctx.Err() == nil; { // gRPC notices by itself
				time.Sleep(time.Millisecond)
			}
			want := "client " + streamMethod + " rpc.response.status_code=CANCELLED error.type=CANCELLED\n  server " + streamMethod + " rpc.response.status_code=CANCELLED\n"
			if tree := got.tree("rpc.response.status_code", "error.type"); tree != want {
				t.Errorf("the spans are\n%swant\n%s", tree, want)
			}
		})
	}
}

// What a server's span says of a failure, and what a client's.
func TestFailures(t *testing.T) {
	for _, c := range []struct {
		code           codes.Code
		name           string
		server, client bool // a failure
	}{
		{codes.NotFound, "NOT_FOUND", false, true},
		{codes.Canceled, "CANCELLED", false, true},
		{codes.Unavailable, "UNAVAILABLE", true, true},
		{codes.Code(77), "CODE(77)", false, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := record(t)
			p := start(t, fails(status.Error(c.code, "no order 7")), nil)
			if _, err := p.client.UnaryCall(withTimeout(t), new(pb.SimpleRequest)); status.Code(err) != c.code {
				t.Fatal(err)
			}
			p.stop()
			line := func(failed bool) string {
				s := " rpc.response.status_code=" + c.name
				if failed {
					s += " error.type=" + c.name
				}
				return s + "\n"
			}
			want := "client " + unaryMethod + line(c.client) + "  server " + unaryMethod + line(c.server)
			if tree := got.tree("rpc.response.status_code", "error.type"); tree != want {
				t.Errorf("the spans are\n%swant\n%s", tree, want)
			}
			for _, s := range got.spans.Ended() {
				failed := c.client
				if s.SpanKind().String() == "server" {
					failed = c.server
				}
				if st := s.Status(); failed != (st.Code == otelcodes.Error) || failed && st.Description != "no order 7" {
					t.Errorf("the status of the %s span is %v", s.SpanKind(), st)
				}
			}
		})
	}
}

// A server's span and point are there for what no method answers. The names that clients make up
// become no series.
func TestUnknownMethods(t *testing.T) {
	got := record(t)
	refuse := func(context.Context, any, *grpc.UnaryServerInfo, grpc.UnaryHandler) (any, error) {
		return nil, status.Error(codes.Unauthenticated, "who are you?")
	}
	p := start(t, fails(nil), []grpc.ServerOption{grpc.UnaryInterceptor(refuse)})
	for _, name := range []string{"/a.B/C", "/a.B/D"} {
		if err := p.conn.Invoke(withTimeout(t), name, new(pb.SimpleRequest), new(pb.SimpleResponse)); status.Code(err) != codes.Unimplemented {
			t.Fatal(err)
		}
	}
	p.client.UnaryCall(withTimeout(t), new(pb.SimpleRequest))
	p.stop()
	want := "client a.B/C rpc.method=a.B/C rpc.response.status_code=UNIMPLEMENTED\n" +
		"  server _OTHER rpc.method=_OTHER rpc.method_original=a.B/C rpc.response.status_code=UNIMPLEMENTED\n" +
		"client a.B/D rpc.method=a.B/D rpc.response.status_code=UNIMPLEMENTED\n" +
		"  server _OTHER rpc.method=_OTHER rpc.method_original=a.B/D rpc.response.status_code=UNIMPLEMENTED\n" +
		"client " + unaryMethod + " rpc.method=" + unaryMethod + " rpc.response.status_code=UNAUTHENTICATED\n" +
		"  server " + unaryMethod + " rpc.method=" + unaryMethod + " rpc.response.status_code=UNAUTHENTICATED\n"
	if tree := got.tree("rpc.method", "rpc.method_original", "rpc.response.status_code"); tree != want {
		t.Errorf("the spans are\n%swant\n%s", tree, want)
	}
	points := got.points(t, serverDuration)
	if len(points) != 2 || !strings.HasSuffix(points[1], "×2") && !strings.HasSuffix(points[0], "×2") {
		t.Errorf("the server's points are %q", points)
	}
}

// A proxy has none of the methods that it answers.
func TestProxy(t *testing.T) {
	got := record(t)
	answer := func(_ any, stream grpc.ServerStream) error {
		if err := stream.RecvMsg(new(pb.SimpleRequest)); err != nil {
			return err
		}
		return stream.SendMsg(new(pb.SimpleResponse))
	}
	p := start(t, fails(nil), []grpc.ServerOption{grpc.UnknownServiceHandler(answer)})
	if err := p.conn.Invoke(withTimeout(t), "/a.B/C", new(pb.SimpleRequest), new(pb.SimpleResponse)); err != nil {
		t.Fatal(err)
	}
	p.stop()
	if tree, want := got.tree(), "client a.B/C\n  server a.B/C\n"; tree != want {
		t.Errorf("the spans are\n%swant\n%s", tree, want)
	}
}

// A program that passes on the metadata of the call it serves does not pass on its trace as well.
func TestForwardedMetadata(t *testing.T) {
	got := record(t)
	var forwarded metadata.MD
	s := fails(nil)
	s.unary = func(ctx context.Context, _ *pb.SimpleRequest) (*pb.SimpleResponse, error) {
		forwarded, _ = metadata.FromIncomingContext(ctx)
		return new(pb.SimpleResponse), nil
	}
	p := start(t, s, nil)
	p.client.UnaryCall(metadata.AppendToOutgoingContext(withTimeout(t), "order", "7"), new(pb.SimpleRequest))
	first := forwarded.Get("traceparent")
	ctx, span := otel.Tracer("").Start(withTimeout(t), "second")
	p.client.UnaryCall(metadata.NewOutgoingContext(ctx, forwarded), new(pb.SimpleRequest))
	span.End()
	p.stop()
	second := forwarded.Get("traceparent")
	if len(first) != 1 || len(second) != 1 || first[0] == second[0] || !slices.Equal(forwarded.Get("order"), []string{"7"}) {
		t.Errorf("traceparent is %q, then %q; the metadata is %v", first, second, forwarded)
	}
	if tree := got.tree(); !strings.HasSuffix(tree, "internal second\n  client "+unaryMethod+"\n    server "+unaryMethod+"\n") {
		t.Errorf("the spans are\n%s", tree)
	}
}

// A call that nobody answers has a span, too.
func TestUnreachable(t *testing.T) {
	got := record(t)
	p := start(t, fails(nil), nil)
	p.stop()
	if _, err := p.client.UnaryCall(withTimeout(t), new(pb.SimpleRequest)); status.Code(err) != codes.Canceled {
		t.Fatal(err)
	}
	if _, err := p.client.FullDuplexCall(withTimeout(t)); status.Code(err) != codes.Canceled {
		t.Fatal(err)
	}
	want := "client " + unaryMethod + " error.type=CANCELLED\nclient " + streamMethod + " error.type=CANCELLED\n"
	if tree := got.tree("error.type"); tree != want {
		t.Errorf("the spans are\n%swant\n%s", tree, want)
	}
}

// A call that panics in the client, as a codec may, ends its span and goes on.
func TestClientPanics(t *testing.T) {
	got := record(t)
	p := start(t, fails(nil), nil, grpc.WithChainUnaryInterceptor())
	c := newClient()
	func() {
		defer func() {
			if v := recover(); v != "lost" {
				t.Errorf("recovered %v", v)
			}
		}()
		c.unary(t.Context(), "/"+unaryMethod, nil, nil, p.conn, func(context.Context, string, any, any, *grpc.ClientConn, ...grpc.CallOption) error {
			panic("lost")
		})
	}()
	if tree := got.tree("error.type"); tree != "client "+unaryMethod+" error.type=UNKNOWN\n" {
		t.Errorf("the spans are\n%s", tree)
	}
}

func TestTargetAddress(t *testing.T) {
	for target, want := range map[string]struct {
		host string
		port int
	}{
		"dns:///orders:8080":       {"orders", 8080},
		"dns://8.8.8.8/orders:443": {"orders", 443},
		"dns:orders":               {"orders", 0},
		"passthrough:///[::1]:50":  {"::1", 50},
		"unix:///run/orders.sock":  {"/run/orders.sock", 0},
		"unix:orders.sock":         {"orders.sock", 0},
		"xds:///orders":            {"orders", 0},
		"dns:///orders:http":       {"orders:http", 0},
	} {
		if host, port := targetAddress(target); host != want.host || port != want.port {
			t.Errorf("%s: %q, %d", target, host, port)
		}
	}
}
