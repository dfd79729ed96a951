package connecthooks

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"connectrpc.com/connect"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/instrumentgo/instrument/internal/recorded"
	"github.com/instrumentgo/instrument/runtimehooks/internal/process"
)

func expect(t *testing.T, spans *tracetest.SpanRecorder, want string, keys ...string) {
	t.Helper()
	if tree := recorded.Tree(spans, keys...); tree != want {
		t.Errorf("the spans are\n%swant\n%s", tree, want)
	}
}

// One trace: the caller's span, the client's, the server's, and what the method begins. Points are
// of the same names.
func TestUnary(t *testing.T) {
	for protocol, c := range map[string]struct {
		option connect.ClientOption
		code   string
		system string
	}{
		"connect":  {connect.WithClientOptions(), "", "connectrpc"},
		"gRPC":     {connect.WithGRPC(), "OK", "grpc"},
		"gRPC-Web": {connect.WithGRPCWeb(), "OK", "grpc"},
	} {
		t.Run(protocol, func(t *testing.T) {
			spans, reader := recorded.Telemetry(t)
			p := start(t, greeter{func(ctx context.Context) error {
				_, span := otel.Tracer("").Start(ctx, "inside")
				span.End()
				return nil
			}}, false, nil, c.option)
			ctx, span := otel.Tracer("").Start(withTimeout(t), "outside")
			if _, err := p.say.CallUnary(ctx, request()); err != nil {
				t.Fatal(err)
			}
			span.End()
			p.stop()
			rpc, point := " rpc.system.name="+c.system+" rpc.method=acme.v1.Greeter/Say", "rpc.method=acme.v1.Greeter/Say,rpc.system.name="+c.system
			if c.code != "" {
				rpc += " rpc.response.status_code=" + c.code
				point = "rpc.method=acme.v1.Greeter/Say,rpc.response.status_code=" + c.code + ",rpc.system.name=" + c.system
			}
			want := "internal outside\n  client acme.v1.Greeter/Say" + rpc + " server.address=127.0.0.1\n" +
				"    server acme.v1.Greeter/Say" + rpc + " client.address=127.0.0.1 network.peer.address=127.0.0.1\n      internal inside\n"
			expect(t, spans, want, "rpc.system.name", "rpc.method", "rpc.response.status_code", "error.type", "server.address", "client.address", "network.peer.address")
			if points := recorded.Points(t, reader, serverDuration); !slices.Equal(points, []string{point + " ×1"}) {
				t.Errorf("the server's points are %q", points)
			}
			if points := recorded.Points(t, reader, clientDuration); len(points) != 1 || !strings.HasPrefix(points[0], point+",server.address=127.0.0.1,server.port=") {
				t.Errorf("the client's points are %q", points)
			}
		})
	}
}

// Behind net/http, the HTTP server's span is the parent, and has the procedure as its route. What is
// no call of a procedure is that one's alone.
func TestHTTP(t *testing.T) {
	spans, _ := recorded.Telemetry(t)
	p := start(t, greeter{succeeds}, true, nil)
	if _, err := p.say.CallUnary(withTimeout(t), request()); err != nil {
		t.Fatal(err)
	}
	resp, err := p.client.Get(p.web.URL + "/none")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	p.stop()
	expect(t, spans, "client acme.v1.Greeter/Say\n  server POST /acme.v1.Greeter/Say\n    server acme.v1.Greeter/Say\nserver GET\n")
}

// The spans of streams last until their end is known.
func TestStreams(t *testing.T) {
	for procedure, use := range map[string]func(t *testing.T, p *peers, ended func() bool){
		watch: func(t *testing.T, p *peers, ended func() bool) {
			stream, err := p.watch.CallServerStream(withTimeout(t), request())
			if err != nil {
				t.Fatal(err)
			}
			for n := 0; stream.Receive(); n++ {
				if ended() {
					t.Errorf("the client's span has ended after %d messages", n)
				}
			}
			if err := stream.Err(); err != nil || !ended() {
				t.Errorf("the stream ends with %v, and its span has ended: %v", err, ended())
			}
			stream.Close()
		},
		sum: func(t *testing.T, p *peers, ended func() bool) {
			stream := p.sum.CallClientStream(withTimeout(t))
			for range 3 {
				if err := stream.Send(new(text)); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := stream.CloseAndReceive(); err != nil || !ended() {
				t.Errorf("the stream ends with %v, and its span has ended: %v", err, ended())
			}
		},
		chat: func(t *testing.T, p *peers, ended func() bool) {
			stream := p.chat.CallBidiStream(withTimeout(t))
			for range 3 {
				if err := stream.Send(new(text)); err != nil {
					t.Fatal(err)
				}
				if _, err := stream.Receive(); err != nil || ended() {
					t.Errorf("the answer is %v, and the span has ended: %v", err, ended())
				}
			}
			stream.CloseRequest()
			if _, err := stream.Receive(); err == nil || !ended() {
				t.Errorf("the stream ends with %v, and its span has ended: %v", err, ended())
			}
			stream.CloseResponse()
		},
	} {
		t.Run(procedure, func(t *testing.T) {
			spans, reader := recorded.Telemetry(t)
			p := start(t, greeter{succeeds}, false, nil)
			use(t, p, func() bool { return strings.Contains(recorded.Tree(spans), "client") })
			p.stop()
			expect(t, spans, "client "+name(procedure)+" rpc.system.name=connectrpc\n  server "+name(procedure)+" rpc.system.name=connectrpc\n",
				"rpc.system.name", "rpc.response.status_code", "error.type")
			if points := recorded.Points(t, reader, clientDuration); len(points) != 1 || !strings.HasSuffix(points[0], "×1") {
				t.Errorf("the client's points are %q", points)
			}
		})
	}
}

// A stream that nobody reads to its end ends when it is closed, or with its context.
func TestStreamLeft(t *testing.T) {
	for name, leave := range map[string]func(stream *connect.BidiStreamForClient[text, text], cancel func()){
		"closed": func(stream *connect.BidiStreamForClient[text, text], _ func()) {
			stream.CloseRequest()
			stream.CloseResponse()
		},
		"context": func(stream *connect.BidiStreamForClient[text, text], cancel func()) {
			cancel()
			stream.CloseRequest()
		},
	} {
		t.Run(name, func(t *testing.T) {
			spans, _ := recorded.Telemetry(t)
			p := start(t, greeter{succeeds}, false, nil)
			ctx, cancel := context.WithCancel(withTimeout(t))
			defer cancel()
			stream := p.chat.CallBidiStream(ctx)
			if err := stream.Send(new(text)); err != nil {
				t.Fatal(err)
			}
			if _, err := stream.Receive(); err != nil {
				t.Fatal(err)
			}
			leave(stream, cancel)
			p.stop()
			if tree := recorded.Tree(spans, "error.type"); !strings.HasPrefix(tree, "client acme.v1.Greeter/Chat error.type=canceled\n") {
				t.Errorf("the spans are\n%s", tree)
			}
		})
	}
}

// What a server's span says of a failure, and what a client's.
func TestFailures(t *testing.T) {
	for _, c := range []struct {
		err            error
		option         connect.ClientOption
		code           string
		server, client bool // a failure
	}{
		{connect.NewError(connect.CodeNotFound, errors.New("no order 7")), connect.WithClientOptions(), "not_found", false, true},
		{connect.NewError(connect.CodeCanceled, errors.New("no order 7")), connect.WithGRPC(), "CANCELLED", false, true},
		{connect.NewError(connect.CodeUnavailable, errors.New("no order 7")), connect.WithGRPC(), "UNAVAILABLE", true, true},
		{errors.New("no order 7"), connect.WithClientOptions(), "unknown", true, true},
		{connect.NewNotModifiedError(nil), connect.WithHTTPGet(), "", false, false},
	} {
		t.Run(c.code, func(t *testing.T) {
			spans, _ := recorded.Telemetry(t)
			p := start(t, fails(c.err), false, []connect.HandlerOption{connect.WithIdempotency(connect.IdempotencyNoSideEffects)},
				c.option, connect.WithIdempotency(connect.IdempotencyNoSideEffects))
			if _, err := p.say.CallUnary(withTimeout(t), request()); err == nil {
				t.Fatal("the call succeeds")
			}
			p.stop()
			line := func(failed bool) string {
				switch {
				case failed:
					return " rpc.response.status_code=" + c.code + " error.type=" + c.code + "\n"
				case c.code != "":
					return " rpc.response.status_code=" + c.code + "\n"
				}
				return "\n"
			}
			expect(t, spans, "client acme.v1.Greeter/Say"+line(c.client)+"  server acme.v1.Greeter/Say"+line(c.server), "rpc.response.status_code", "error.type")
			for _, s := range spans.Ended() {
				if text := s.Status().Description; text != "" && text != "no order 7" {
					t.Errorf("the %s span has the status %q", s.SpanKind(), text)
				}
			}
		})
	}
}

// A panic ends the span, and goes on.
func TestPanic(t *testing.T) {
	spans, _ := recorded.Telemetry(t)
	p := start(t, greeter{func(context.Context) error { panic(http.ErrAbortHandler) }}, false, nil)
	if _, err := p.say.CallUnary(withTimeout(t), request()); err == nil {
		t.Fatal("the call succeeds")
	}
	p.stop()
	if tree := recorded.Tree(spans, "error.type"); !strings.HasSuffix(tree, "server acme.v1.Greeter/Say error.type=unknown\n") {
		t.Errorf("the spans are\n%s", tree)
	}
}

// Options that get into a chain twice record a call once, and what is switched off records none.
func TestOnce(t *testing.T) {
	spans, _ := recorded.Telemetry(t)
	twice := connect.WithHandlerOptions(HandlerOptions(nil)...)
	p := start(t, greeter{succeeds}, false, HandlerOptions([]connect.HandlerOption{twice}), connect.WithClientOptions(ClientOptions(nil)...))
	p.say.CallUnary(withTimeout(t), request())
	stream := p.chat.CallBidiStream(withTimeout(t))
	stream.CloseRequest()
	stream.Receive()
	stream.CloseResponse()
	p.stop()
	expect(t, spans, "client acme.v1.Greeter/Say\n  server acme.v1.Greeter/Say\nclient acme.v1.Greeter/Chat\n  server acme.v1.Greeter/Chat\n")

	defer process.SetOff(true)()
	spans, _ = recorded.Telemetry(t)
	p = start(t, greeter{succeeds}, false, nil)
	p.say.CallUnary(withTimeout(t), request())
	p.stop()
	expect(t, spans, "")
}
