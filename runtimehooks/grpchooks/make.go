package grpchooks

import (
	"context"
	"slices"

	"google.golang.org/grpc"

	"github.com/instrumentgo/instrument/runtimehooks/internal/process"
)

// NewServer is grpc.NewServer for a server whose calls are recorded and whose refusals are
// statuses. Its options come after the program's: a handler of somebody else has then begun its
// span, and the inner interceptor stands next to the methods, where those outside it see statuses.
// The outer one is for what other interceptors refuse. Sites that are switched off still refuse
// what authz, validate and idempotent do not accept, so statuses stay.
func NewServer(opt ...grpc.ServerOption) *grpc.Server {
	statuses := []grpc.ServerOption{grpc.ChainUnaryInterceptor(unaryStatus), grpc.ChainStreamInterceptor(streamStatus)}
	if process.Off() {
		return grpc.NewServer(slices.Concat(statuses, opt, statuses)...)
	}
	h := newServer()
	inner := []grpc.ServerOption{grpc.ChainUnaryInterceptor(unaryStatus), grpc.ChainStreamInterceptor(serveStream), grpc.StatsHandler(h)}
	s := grpc.NewServer(slices.Concat(statuses, opt, inner)...)
	h.made(s)
	return s
}

// NewClient is grpc.NewClient for a connection whose calls are recorded.
func NewClient(target string, opts ...grpc.DialOption) (*grpc.ClientConn, error) {
	return connect(opts, func(opts []grpc.DialOption) (*grpc.ClientConn, error) {
		return grpc.NewClient(target, opts...)
	})
}

// Dial is grpc.Dial for a connection whose calls are recorded.
func Dial(target string, opts ...grpc.DialOption) (*grpc.ClientConn, error) {
	return connect(opts, func(opts []grpc.DialOption) (*grpc.ClientConn, error) {
		return grpc.Dial(target, opts...) //lint:ignore SA1019 it stands in for the program's call
	})
}

// DialContext is grpc.DialContext for a connection whose calls are recorded.
func DialContext(ctx context.Context, target string, opts ...grpc.DialOption) (*grpc.ClientConn, error) {
	return connect(opts, func(opts []grpc.DialOption) (*grpc.ClientConn, error) {
		return grpc.DialContext(ctx, target, opts...) //lint:ignore SA1019 it stands in for the program's call
	})
}

// connect makes a connection with the program's options and ours, which come last: next to the
// wire, so that each attempt of an interceptor that tries again is recorded.
func connect(opts []grpc.DialOption, dial func([]grpc.DialOption) (*grpc.ClientConn, error)) (*grpc.ClientConn, error) {
	if process.Off() {
		return dial(opts)
	}
	c := newClient()
	ours := []grpc.DialOption{grpc.WithChainUnaryInterceptor(c.unary), grpc.WithChainStreamInterceptor(c.stream)}
	conn, err := dial(slices.Concat(opts, ours))
	if conn != nil {
		c.made(conn)
	}
	return conn, err
}
