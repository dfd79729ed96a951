//go:build instrument

package connecthooks

import (
	"connectrpc.com/connect"

	"github.com/instrumentgo/instrument/aspects"
)

// Rules give handlers and clients the interceptors of this package.
var Rules = aspects.Module(
	aspects.Yields("connectrpc.com/otelconnect"),
	aspects.Rule("handlers", aspects.CallsTaking[connect.HandlerOption](), aspects.Options(HandlerOptions)),
	aspects.Rule("clients", aspects.CallsTaking[connect.ClientOption](), aspects.Options(ClientOptions)),
)
