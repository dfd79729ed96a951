package binds

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"slices"

	"github.com/instrumentgo/instrument/analysis/internal/directive"
	"github.com/instrumentgo/instrument/analysis/internal/signature"
	"github.com/instrumentgo/instrument/analysis/plan"
	"github.com/instrumentgo/instrument/internal/kind"
)

// matchService binds a field of an interface that is marked //instrument:service. It returns false
// if the interface may be of another kind.
func (s matcher) matchService(f *field, obj *types.TypeName) (*match, bool) {
	switch {
	case obj == nil || !s.isService(obj):
		if obj != nil && s.lacksFunctions(obj) {
			s.at(f.v.Pos(), "run instrument generate in "+obj.Pkg().Path()+", and publish what it writes",
				"field %s must be of a service whose functions are generated, and its package lacks %s",
				f, plan.ServiceNames(obj.Name())[0])
			return nil, true
		}
		if f.options.kind == "" {
			return nil, false
		}
		s.at(f.options.pos, "mark it there",
			"field %s must be of an interface that is marked //instrument:service to be of kind service", f)
		return nil, true
	case obj.Pkg() != s.pkg.Types && !obj.Exported():
		s.at(f.v.Pos(), "export it", "field %s must be of a service that its package exports", f)
		return nil, true
	}
	f.plan.Service = &plan.Ref{Path: obj.Pkg().Path(), Pkg: obj.Pkg().Name(), Name: obj.Name()}
	return &match{kind: "service", opener: kind.Service.Path, service: obj}, true
}

// isService reports whether an interface is marked //instrument:service. One of another module is
// recognized by the function that was generated for it.
func (s matcher) isService(obj *types.TypeName) bool {
	if obj.Pkg() == nil {
		return false
	}
	listed, own := s.program.Graph.OwnPath(obj.Pkg().Path())
	if !own {
		open, ok := obj.Pkg().Scope().Lookup(plan.ServiceNames(obj.Name())[0]).(*types.Func)
		return ok && opensService(open.Signature(), obj)
	}
	return slices.ContainsFunc(s.program.Types.Check(listed).Files, func(file *ast.File) bool { return marksService(file, obj.Name()) })
}

// opensService reports whether a signature is that of the function that opens a service.
func opensService(sig *types.Signature, obj *types.TypeName) bool {
	if sig.Params().Len() != 3 || sig.Results().Len() != 2 || signature.TypeNameOf(sig.Results().At(0).Type()) != obj {
		return false
	}
	p, ok := types.Unalias(sig.Params().At(1).Type()).(*types.Pointer)
	return ok && signature.IsNamed(p.Elem(), kind.Bindings, "Platform")
}

// marksService reports whether a file declares an interface that is marked //instrument:service.
func marksService(file *ast.File, name string) bool {
	for spec, list := range directive.OnTypes(file) {
		if spec.Name.Name == name && slices.ContainsFunc(list, func(d directive.Directive) bool { return d.Name == "service" }) {
			return true
		}
	}
	return false
}

// lacksFunctions reports whether an interface of another module, which isService does not
// recognize, is marked //instrument:service in its source. In that case that module has not
// generated its functions.
func (s matcher) lacksFunctions(obj *types.TypeName) bool {
	if obj.Pkg() == nil || s.isOwn(obj.Pkg()) || s.program.Graph.Listed[obj.Pkg().Path()] == nil {
		return false
	}
	for _, name := range s.program.Graph.Listed[obj.Pkg().Path()].GoFiles {
		data, err := s.program.Graph.Cfg.ReadFile(name)
		if err != nil || !bytes.Contains(data, []byte("//instrument:service")) {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, data, parser.ParseComments|parser.SkipObjectResolution)
		if err == nil && marksService(file, obj.Name()) {
			return true
		}
	}
	return false
}
