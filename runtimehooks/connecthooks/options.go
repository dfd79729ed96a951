package connecthooks

import (
	"reflect"
	"slices"

	"connectrpc.com/connect"

	"github.com/instrumentgo/instrument/runtimehooks/internal/process"
)

var (
	outer  = connect.WithInterceptors(newServer(), statuses{}) // of handlers, outside the program's
	inner  = connect.WithInterceptors(statuses{})              // next to the methods
	client = connect.WithInterceptors(newClient())
)

// HandlerOptions returns the options of a handler whose calls are recorded and whose refusals have
// codes. The span is outside the program's interceptors, which see the codes of the methods'
// refusals; their own have codes, too. Sites that are switched off still refuse what authz, validate
// and idempotent do not accept, so codes stay.
func HandlerOptions(opts []connect.HandlerOption) []connect.HandlerOption {
	if slices.Contains(opts, connect.HandlerOption(inner)) {
		return opts // from a function that was called with them
	}
	first := connect.HandlerOption(outer)
	if process.Off() || recordedByOthers(opts) {
		first = inner
	}
	return slices.Concat([]connect.HandlerOption{first}, opts, []connect.HandlerOption{inner})
}

// ClientOptions returns the options of a client whose calls are recorded: last, so that each attempt
// of an interceptor that tries again is.
func ClientOptions(opts []connect.ClientOption) []connect.ClientOption {
	if process.Off() || recordedByOthers(opts) || slices.Contains(opts, connect.ClientOption(client)) {
		return opts
	}
	return append(opts[:len(opts):len(opts)], client)
}

const othersPath = "connectrpc.com/otelconnect"

// recordedByOthers reports whether an interceptor among the options makes a span for each call. What
// an option holds only connect knows, so it is looked for by its type, in options of options, too; a
// version of connect that keeps it otherwise costs no more than that it is not seen.
func recordedByOthers[O any](opts []O) bool {
	return holdsOthers(reflect.ValueOf(opts), 0)
}

const deepest = 8 // options of options

func holdsOthers(v reflect.Value, depth int) bool {
	switch v.Kind() {
	case reflect.Interface, reflect.Pointer:
		if v.IsNil() || depth > deepest {
			return false
		}
		return holdsOthers(v.Elem(), depth+1)
	case reflect.Slice:
		for i := range v.Len() {
			if holdsOthers(v.Index(i), depth) {
				return true
			}
		}
	case reflect.Struct:
		if v.Type().PkgPath() == othersPath {
			return true
		}
		if v.Type().PkgPath() != "connectrpc.com/connect" {
			return false
		}
		for i := range v.NumField() {
			if holdsOthers(v.Field(i), depth) {
				return true
			}
		}
	}
	return false
}
