package grpchooks

import (
	"context"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/stats"
)

// handler is somebody else's.
type handler struct{}

func (handler) TagRPC(ctx context.Context, _ *stats.RPCTagInfo) context.Context   { return ctx }
func (handler) HandleRPC(context.Context, stats.RPCStats)                         {}
func (handler) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context { return ctx }
func (handler) HandleConn(context.Context, stats.ConnStats)                       {}

// What is read of gRPC has the names that are looked for, in each version that is tested.
func TestOptions(t *testing.T) {
	s := optionsOf(grpc.NewServer(grpc.StatsHandler(handler{}), grpc.ChainUnaryInterceptor(unaryStatus), grpc.ChainStreamInterceptor(streamStatus),
		grpc.UnknownServiceHandler(func(any, grpc.ServerStream) error { return nil })))
	conn, err := grpc.NewClient("dns:///orders", grpc.WithStatsHandler(handler{}), grpc.WithChainUnaryInterceptor(newClient().unary),
		grpc.WithChainStreamInterceptor(newClient().stream), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	c := optionsOf(conn)
	for name, v := range map[string]int{
		"a server's handlers":     fieldOf(s.value, "statsHandlers").Len(),
		"a connection's handlers": fieldOf(c.value, "copts", "StatsHandlers").Len(),
	} {
		if v != 1 {
			t.Errorf("%s are %d", name, v)
		}
	}
	for _, o := range []options{s, c} {
		for _, name := range []string{"unaryInt", "streamInt", "chainUnaryInts", "chainStreamInts"} {
			if !fieldOf(o.value, name).IsValid() {
				t.Errorf("%v has no %s", o.value.Type(), name)
			}
		}
		if o.recordedByOthers() {
			t.Errorf("%v is taken for one that others record", o.value.Type())
		}
	}
	if !s.answersAll() || optionsOf(grpc.NewServer()).answersAll() {
		t.Error("a server that answers all calls is not known by its options")
	}
}
