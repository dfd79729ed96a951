package grpchooks

import (
	"strconv"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc/codes"

	"github.com/instrumentgo/instrument/runtimehooks/internal/telemetry"
)

// This file holds the names of the semantic conventions for gRPC.

const (
	serverDuration = "rpc.server.call.duration"
	clientDuration = "rpc.client.call.duration"

	// statusCode is the attribute with the name of a call's code.
	statusCode = semconv.RPCResponseStatusCodeKey

	// otherMethod is the name of all methods that a server does not have: whoever calls one chooses
	// its name, and the names of spans and series must be few.
	otherMethod = "_OTHER"
)

// recorder records the calls of one server or one connection.
type recorder struct {
	kind                trace.SpanKind
	metric, description string
	common              []attribute.KeyValue // what all spans and points have, set before the first call

	installed telemetry.Installed[series]
}

// series is a combination of the attributes of points.
type series struct {
	method string
	code   codes.Code
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
	all := append(r.common[:len(r.common):len(r.common)], semconv.RPCMethod(s.method), codeAttribute(s.code))
	if r.failed(s.code) {
		all = append(all, semconv.ErrorTypeKey.String(codeName(s.code)))
	}
	return all
}

// failed reports whether a call with the code has failed, as its server or its client sees it: most
// of what a server refuses is the client's doing.
func (r *recorder) failed(code codes.Code) bool {
	if r.kind == trace.SpanKindClient {
		return code != codes.OK
	}
	switch code {
	case codes.Unknown, codes.DeadlineExceeded, codes.Unimplemented, codes.Internal, codes.Unavailable, codes.DataLoss:
		return true
	}
	return false
}

// codeNames are the codes as the conventions spell them, which is not as package codes does.
var codeNames = [...]string{
	codes.OK: "OK", codes.Canceled: "CANCELLED", codes.Unknown: "UNKNOWN", codes.InvalidArgument: "INVALID_ARGUMENT",
	codes.DeadlineExceeded: "DEADLINE_EXCEEDED", codes.NotFound: "NOT_FOUND", codes.AlreadyExists: "ALREADY_EXISTS",
	codes.PermissionDenied: "PERMISSION_DENIED", codes.ResourceExhausted: "RESOURCE_EXHAUSTED",
	codes.FailedPrecondition: "FAILED_PRECONDITION", codes.Aborted: "ABORTED", codes.OutOfRange: "OUT_OF_RANGE",
	codes.Unimplemented: "UNIMPLEMENTED", codes.Internal: "INTERNAL", codes.Unavailable: "UNAVAILABLE",
	codes.DataLoss: "DATA_LOSS", codes.Unauthenticated: "UNAUTHENTICATED",
}

func codeName(code codes.Code) string {
	if int(code) < len(codeNames) {
		return codeNames[code]
	}
	return "CODE(" + strconv.Itoa(int(code)) + ")"
}

func codeAttribute(code codes.Code) attribute.KeyValue { return statusCode.String(codeName(code)) }

// appendMethod appends the attributes of a method's spans.
func appendMethod(all []attribute.KeyValue, method, original string) []attribute.KeyValue {
	all = append(all, semconv.RPCMethod(method))
	if method == otherMethod {
		all = append(all, semconv.RPCMethodOriginal(original))
	}
	return all
}

// appendServer appends the attributes of a server's address. port is 0 where there is none.
func appendServer(all []attribute.KeyValue, host string, port int) []attribute.KeyValue {
	if host != "" {
		all = append(all, semconv.ServerAddress(host))
	}
	if port != 0 {
		all = append(all, semconv.ServerPort(port))
	}
	return all
}
