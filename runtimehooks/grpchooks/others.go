package grpchooks

import (
	"reflect"
	"runtime"
	"strings"
)

// The options of a program are functions that only gRPC can call, so what they have set is read
// from the server or connection that was made of them. A version of gRPC that names its fields
// otherwise costs no more than that: what others record is then not seen, except for a server's
// span that another handler has begun.

// options are those that a *grpc.Server or *grpc.ClientConn was made of.
type options struct{ value reflect.Value }

func optionsOf(made any) options {
	v := reflect.ValueOf(made).Elem()
	for _, name := range []string{"opts", "dopts"} {
		if o := fieldOf(v, name); o.IsValid() {
			return options{o}
		}
	}
	return options{}
}

// fieldOf returns the field that the names lead to; the zero Value if there is none.
func fieldOf(v reflect.Value, names ...string) reflect.Value {
	for _, name := range names {
		if !v.IsValid() || v.Kind() != reflect.Struct {
			return reflect.Value{}
		}
		v = v.FieldByName(name)
	}
	return v
}

// answersAll reports whether a server answers calls of methods that it does not have.
func (o options) answersAll() bool {
	v := fieldOf(o.value, "unknownStreamDesc")
	return v.IsValid() && v.Kind() == reflect.Pointer && !v.IsNil()
}

// recordedByOthers reports whether a handler or interceptor of somebody else makes a span for each
// call.
func (o options) recordedByOthers() bool {
	for _, path := range [][]string{{"statsHandlers"}, {"copts", "StatsHandlers"}} {
		if list := fieldOf(o.value, path...); list.IsValid() && list.Kind() == reflect.Slice {
			for i := range list.Len() {
				if isRecorder(list.Index(i)) {
					return true
				}
			}
		}
	}
	for _, name := range []string{"unaryInt", "streamInt"} {
		if recordingFunc(fieldOf(o.value, name)) {
			return true
		}
	}
	for _, name := range []string{"chainUnaryInts", "chainStreamInts"} {
		if list := fieldOf(o.value, name); list.IsValid() && list.Kind() == reflect.Slice {
			for i := range list.Len() {
				if recordingFunc(list.Index(i)) {
					return true
				}
			}
		}
	}
	return false
}

const (
	contribPath = "go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc"
	pluginPath  = "google.golang.org/grpc/stats/opentelemetry" // of gRPC itself, whose metrics have names of their own
)

// isRecorder reports whether a stats.Handler makes spans.
func isRecorder(handler reflect.Value) bool {
	if handler.Kind() != reflect.Interface || handler.IsNil() {
		return false
	}
	t := handler.Elem().Type()
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.PkgPath() == contribPath || t.PkgPath() == pluginPath && strings.Contains(t.Name(), "Tracing")
}

// recordingFunc reports whether an interceptor makes spans.
func recordingFunc(f reflect.Value) bool {
	if !f.IsValid() || f.Kind() != reflect.Func || f.IsNil() {
		return false
	}
	of := runtime.FuncForPC(f.Pointer())
	return of != nil && strings.HasPrefix(of.Name(), contribPath+".")
}
