package connecthooks

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/instrumentgo/instrument/runtimehooks/httphooks"
)

type text = wrapperspb.StringValue

const (
	say   = "/acme.v1.Greeter/Say"
	watch = "/acme.v1.Greeter/Watch"
	sum   = "/acme.v1.Greeter/Sum"
	chat  = "/acme.v1.Greeter/Chat"
)

// greeter is a service's implementation, by a function that all methods call.
type greeter struct{ do func(context.Context) error }

func (g greeter) Say(ctx context.Context, _ *connect.Request[text]) (*connect.Response[text], error) {
	return connect.NewResponse(new(text)), g.do(ctx)
}

// Watch sends three messages.
func (g greeter) Watch(ctx context.Context, _ *connect.Request[text], stream *connect.ServerStream[text]) error {
	for range 3 {
		if err := stream.Send(new(text)); err != nil {
			return err
		}
	}
	return g.do(ctx)
}

// Sum receives all messages.
func (g greeter) Sum(ctx context.Context, stream *connect.ClientStream[text]) (*connect.Response[text], error) {
	for stream.Receive() {
	}
	if err := stream.Err(); err != nil {
		return nil, err
	}
	return connect.NewResponse(new(text)), g.do(ctx)
}

// Chat answers each message.
func (g greeter) Chat(ctx context.Context, stream *connect.BidiStream[text, text]) error {
	for {
		if _, err := stream.Receive(); err != nil {
			return g.do(ctx)
		}
		if err := stream.Send(new(text)); err != nil {
			return err
		}
	}
}

// peers are a server, and clients of its methods.
type peers struct {
	say, watch, sum, chat *connect.Client[text, text]
	web                   *httptest.Server
	client                *http.Client
}

// start serves a service as generated constructors do, behind a span of the HTTP server or without.
func start(t *testing.T, g greeter, behindHTTP bool, handler []connect.HandlerOption, client ...connect.ClientOption) *peers {
	t.Helper()
	handler, client = HandlerOptions(handler), ClientOptions(client)
	mux := http.NewServeMux()
	mux.Handle(say, connect.NewUnaryHandler(say, g.Say, handler...))
	mux.Handle(watch, connect.NewServerStreamHandler(watch, g.Watch, handler...))
	mux.Handle(sum, connect.NewClientStreamHandler(sum, g.Sum, handler...))
	mux.Handle(chat, connect.NewBidiStreamHandler(chat, g.Chat, handler...))
	var h http.Handler = mux
	if behindHTTP {
		h = httphooks.Handler(mux)
	}
	web := httptest.NewUnstartedServer(h)
	web.EnableHTTP2 = true
	web.StartTLS()
	t.Cleanup(web.Close)
	to := func(procedure string) *connect.Client[text, text] {
		return connect.NewClient[text, text](web.Client(), web.URL+procedure, client...)
	}
	return &peers{to(say), to(watch), to(sum), to(chat), web, web.Client()}
}

// stop waits until all spans have ended.
func (p *peers) stop() { p.web.Close() }

func succeeds(context.Context) error { return nil }

func fails(err error) greeter { return greeter{func(context.Context) error { return err }} }

func withTimeout(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func request() *connect.Request[text] { return connect.NewRequest(new(text)) }

// name is the name of the spans of a procedure.
func name(procedure string) string { return strings.TrimPrefix(procedure, "/") }
