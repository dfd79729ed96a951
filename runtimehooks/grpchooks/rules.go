//go:build instrument

package grpchooks

import (
	"google.golang.org/grpc"

	"github.com/instrumentgo/instrument/aspects"
)

// Rules have servers and connections made by this package's functions.
var Rules = aspects.Module(
	aspects.Yields("go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc"),
	aspects.Rule("server", aspects.Calls(grpc.NewServer).Generated(), aspects.Replace(NewServer)),
	aspects.Rule("client", aspects.Calls(grpc.NewClient).Generated(), aspects.Replace(NewClient)),
	aspects.Rule("dial", aspects.Calls(grpc.Dial).Generated(), aspects.Replace(Dial)),
	aspects.Rule("dial with a context", aspects.Calls(grpc.DialContext).Generated(), aspects.Replace(DialContext)),
)
