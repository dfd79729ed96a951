package signature

import "go/types"

// telemetryInterfaces are what telemetry calls while a call of a woven function is recorded, by
// import path. Each has a method with a type of its package, so that a package which implements one
// imports it. A method of theirs must not record calls: its record would lead to its next call.
var telemetryInterfaces = map[string][]string{
	"log/slog":                              {"Handler", "Leveler"},
	"go.opentelemetry.io/otel/log":          {"LoggerProvider", "Logger"},
	"go.opentelemetry.io/otel/metric":       {"MeterProvider", "Meter"},
	"go.opentelemetry.io/otel/propagation":  {"TextMapPropagator"},
	"go.opentelemetry.io/otel/sdk/log":      {"Processor", "Exporter"},
	"go.opentelemetry.io/otel/sdk/metric":   {"Exporter", "Producer", "Reader"},
	"go.opentelemetry.io/otel/sdk/resource": {"Detector"},
	"go.opentelemetry.io/otel/sdk/trace":    {"SpanProcessor", "SpanExporter", "Sampler", "IDGenerator"},
	"go.opentelemetry.io/otel/trace":        {"TracerProvider", "Tracer", "Span"},
}

// Telemetered returns the interface that a function is a method of and that telemetry calls:
// "slog.Handler". It is "" for other functions.
func Telemetered(f *types.Func) string {
	recv := Receiver(f)
	if recv == nil || !f.Exported() {
		return ""
	}
	for _, imported := range f.Pkg().Imports() {
		for _, name := range telemetryInterfaces[imported.Path()] {
			obj := imported.Scope().Lookup(name)
			if obj == nil {
				continue // of another version
			}
			iface, ok := obj.Type().Underlying().(*types.Interface)
			if ok && MethodNamed(iface, f.Name()) != nil && hasMethods(recv.Type(), iface) {
				return imported.Name() + "." + name
			}
		}
	}
	return ""
}

// hasMethods reports whether a type, or a pointer to it, has an interface's exported methods. Those
// that are not exported it can only have from an embedded field.
func hasMethods(t types.Type, iface *types.Interface) bool {
	for want := range iface.Methods() {
		if !want.Exported() {
			continue
		}
		obj, _, _ := types.LookupFieldOrMethod(types.NewPointer(t), false, want.Pkg(), want.Name())
		got, ok := obj.(*types.Func)
		if !ok || !SameTypes(got.Signature().Params(), want.Signature().Params()) ||
			!SameTypes(got.Signature().Results(), want.Signature().Results()) {
			return false
		}
	}
	return true
}
