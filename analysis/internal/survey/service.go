package survey

import (
	"go/types"
	"slices"
	"strings"

	"github.com/instrumentgo/instrument/analysis/internal/signature"
	"github.com/instrumentgo/instrument/analysis/internal/source"
)

// Service is a service of gRPC: the interface that protoc-gen-go-grpc has generated for it.
type Service struct {
	Package, PackageName string // of the interface
	Name                 string // of the interface: OrdersServer
	Streams              bool   // a method has no context, because it has a stream
}

// services notes the services that types of a package implement. They show in what
// protoc-gen-go-grpc wants embedded: UnimplementedOrdersServer, or UnsafeOrdersServer, beside the
// interface OrdersServer.
func (r *reader) services(pkg *source.Package) {
	for _, name := range pkg.Types.Scope().Names() {
		declared, ok := pkg.Types.Scope().Lookup(name).(*types.TypeName)
		if !ok || declared.IsAlias() {
			continue
		}
		fields, ok := declared.Type().Underlying().(*types.Struct)
		if !ok {
			continue
		}
		for f := range fields.Fields() {
			s, ok := served(f)
			if ok && !slices.ContainsFunc(r.survey.Services, func(o Service) bool { return o.Package == s.Package && o.Name == s.Name }) {
				r.survey.Services = append(r.survey.Services, s)
			}
		}
	}
}

// served returns the service whose part is embedded.
func served(f *types.Var) (Service, bool) {
	embedded := signature.TypeNameOf(f.Type())
	if !f.Embedded() || embedded == nil || embedded.Pkg() == nil {
		return Service{}, false
	}
	name, ok := strings.CutPrefix(embedded.Name(), "Unimplemented")
	if !ok {
		name, ok = strings.CutPrefix(embedded.Name(), "Unsafe")
	}
	obj, _ := embedded.Pkg().Scope().Lookup(name).(*types.TypeName)
	if !ok || obj == nil || !strings.HasSuffix(name, "Server") {
		return Service{}, false
	}
	iface, ok := obj.Type().Underlying().(*types.Interface)
	if !ok {
		return Service{}, false
	}
	s := Service{Package: obj.Pkg().Path(), PackageName: obj.Pkg().Name(), Name: name}
	for m := range iface.Methods() {
		s.Streams = s.Streams || m.Exported() && signature.ContextIndex(m.Signature()) < 0
	}
	return s, true
}
