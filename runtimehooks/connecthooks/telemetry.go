package connecthooks

import (
	"net"
	"strconv"
	"strings"

	"connectrpc.com/connect"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/instrumentgo/instrument/runtimehooks/internal/telemetry"
)

// This file holds the names of the semantic conventions for RPC.

const (
	serverDuration = "rpc.server.call.duration"
	clientDuration = "rpc.client.call.duration"

	// statusCode is the attribute with the name of a call's code.
	statusCode = semconv.RPCResponseStatusCodeKey
)

var (
	systemConnect = semconv.RPCSystemNameKey.String("connectrpc")
	systemGRPC    = semconv.RPCSystemNameGRPC
)

// recorder records the calls of all handlers, or of all clients.
type recorder struct {
	kind                trace.SpanKind
	metric, description string

	installed telemetry.Installed[series]
}

// series is a combination of the attributes of points. code is 0 for success.
type series struct {
	procedure, protocol string
	code                connect.Code
	address             string // of a client's server
}

// seriesLimit is how many combinations are kept prepared.
const seriesLimit = 1024

// load returns the instruments of the providers that are installed now.
func (r *recorder) load() *telemetry.Instruments[series] {
	if in := r.installed.Current(); in != nil {
		return in
	}
	return r.installed.Renew(r.kind, r.metric, r.description, seriesLimit, r.attributes)
}

// attributes returns those of a point.
func (r *recorder) attributes(s series) []attribute.KeyValue {
	all := append(make([]attribute.KeyValue, 0, 6), system(s.protocol), semconv.RPCMethod(method(s.procedure)))
	if s.address != "" {
		all = appendAddress(all, s.address, semconv.ServerAddressKey, semconv.ServerPortKey)
	}
	return r.appendCode(all, s.protocol, s.code)
}

// appendCode appends what spans and points say of a call's outcome.
func (r *recorder) appendCode(all []attribute.KeyValue, protocol string, code connect.Code) []attribute.KeyValue {
	name := codeName(protocol, code)
	if name != "" {
		all = append(all, statusCode.String(name))
	}
	if r.failed(code) {
		all = append(all, semconv.ErrorTypeKey.String(name))
	}
	return all
}

// failed reports whether a call with the code has failed, as its server or its client sees it: most
// of what a server refuses is the client's doing.
func (r *recorder) failed(code connect.Code) bool {
	if r.kind == trace.SpanKindClient {
		return code != 0
	}
	switch code {
	case connect.CodeUnknown, connect.CodeDeadlineExceeded, connect.CodeUnimplemented, connect.CodeInternal, connect.CodeUnavailable,
		connect.CodeDataLoss:
		return true
	}
	return false
}

// method returns the name of a procedure without the slash before it.
func method(procedure string) string { return strings.TrimPrefix(procedure, "/") }

func overGRPC(protocol string) bool {
	return protocol == connect.ProtocolGRPC || protocol == connect.ProtocolGRPCWeb
}

func system(protocol string) attribute.KeyValue {
	if overGRPC(protocol) {
		return systemGRPC
	}
	return systemConnect
}

// codeName returns the name of a code in a protocol. Connect has none for success.
func codeName(protocol string, code connect.Code) string {
	switch {
	case !overGRPC(protocol) && code == 0:
		return ""
	case !overGRPC(protocol):
		return code.String()
	case code == 0:
		return "OK"
	case code == connect.CodeCanceled:
		return "CANCELLED"
	case strings.HasPrefix(code.String(), "code_"): // one that connect does not know
		return "CODE(" + strconv.Itoa(int(code)) + ")"
	}
	return strings.ToUpper(code.String())
}

// appendAddress appends a host and its port; the address itself if it has none.
func appendAddress(all []attribute.KeyValue, address string, host, port attribute.Key) []attribute.KeyValue {
	name, number, err := net.SplitHostPort(address)
	if err != nil {
		return append(all, host.String(address))
	}
	all = append(all, host.String(name))
	if n, err := strconv.Atoi(number); err == nil && n != 0 {
		all = append(all, port.Int(n))
	}
	return all
}
