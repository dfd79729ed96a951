package sites

import (
	"go/ast"
	"go/types"

	"github.com/instrumentgo/instrument/analysis/internal/signature"
	"github.com/instrumentgo/instrument/analysis/internal/source"
	"github.com/instrumentgo/instrument/analysis/plan"
)

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

// telemetered returns the interface that the function is a method of and that telemetry calls:
// "slog.Handler". It is "" for other functions.
func telemetered(f *source.Func) string {
	if f.Recv == nil || !f.Obj.Exported() {
		return ""
	}
	for _, imported := range f.Pkg.Types.Imports() {
		for _, name := range telemetryInterfaces[imported.Path()] {
			obj := imported.Scope().Lookup(name)
			if obj == nil {
				continue // of another version
			}
			iface, ok := obj.Type().Underlying().(*types.Interface)
			if ok && signature.MethodNamed(iface, f.Obj.Name()) != nil && hasMethods(f.Recv.Type(), iface) {
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
		if !ok || !signature.SameTypes(got.Signature().Params(), want.Signature().Params()) ||
			!signature.SameTypes(got.Signature().Results(), want.Signature().Results()) {
			return false
		}
	}
	return true
}

// quiet adds what a method that telemetry calls gets instead of aspects: sites are pass-throughs
// for what it calls, if it calls anything.
func (b *packagePlanner) quiet(f *source.Func, of string) {
	calls := false
	ast.Inspect(f.Decl.Body, func(n ast.Node) bool {
		_, is := n.(*ast.CallExpr)
		calls = calls || is
		return !calls
	})
	if !calls {
		return
	}
	s := b.bare(f)
	s.Entry, s.Ctx, s.Err, s.Aspects = plan.EntryNone, -1, -1, []plan.Aspect{}
	s.Setup, s.Quiet = b.names.Variable(f), true
	s.Notes = []string{"what it calls records nothing, because telemetry calls it as a " + of}
	b.out.Sites = append(b.out.Sites, s)
}
