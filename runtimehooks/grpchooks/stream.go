package grpchooks

import (
	"context"
	"sync"

	"google.golang.org/grpc"

	"github.com/instrumentgo/instrument/runtimehooks"
)

// stream is a server's stream whose context woven methods can set, so that what a method begins
// is below its span.
type stream struct {
	grpc.ServerStream

	mu  sync.Mutex
	ctx context.Context
}

// Context returns that of the method, or of the innermost woven function that runs with the stream.
func (s *stream) Context() context.Context {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ctx
}

// Hold implements runtimehooks.Holder.
func (s *stream) Hold(ctx context.Context) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ctx = ctx
}

// serveStream is a grpc.StreamServerInterceptor that gives a method its stream, and refusals their
// statuses.
func serveStream(service any, of grpc.ServerStream, _ *grpc.StreamServerInfo, handle grpc.StreamHandler) error {
	s := &stream{ServerStream: of}
	s.ctx = runtimehooks.WithHolder(of.Context(), s)
	return leaving(of.Context(), handle(service, s))
}
