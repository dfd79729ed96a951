package binds

import (
	"cmp"
	"fmt"
	"go/token"
	"go/types"
	"slices"
	"strconv"
	"strings"

	"github.com/instrumentgo/instrument/analysis/internal/directive"
	"github.com/instrumentgo/instrument/analysis/internal/signature"
	"github.com/instrumentgo/instrument/analysis/plan"
	"github.com/instrumentgo/instrument/internal/kind"
	"github.com/instrumentgo/instrument/internal/suggest"
)

// services plans the interfaces that other processes call.
type services struct{ *scope }

// plan plans one interface.
func (s services) plan(m markedType) {
	obj, ok := s.pkg.Info.Defs[m.spec.Name].(*types.TypeName)
	if !ok {
		return
	}
	name := obj.Name()
	iface, ok := obj.Type().Underlying().(*types.Interface)
	switch {
	case !ok:
		s.at(m.d.Pos, "remove it, or move it to an interface",
			"directive //instrument:service must be on an interface, and %s is not", name)
		return
	case m.spec.TypeParams != nil || !iface.IsMethodSet() || iface.NumMethods() == 0:
		s.at(m.d.Pos, "remove it",
			"directive //instrument:service must be on an interface of methods without type parameters, and %s is not", name)
		return
	}
	before := s.program.Findings.Len()
	functions := plan.ServiceNames(name)
	s.checkFree(m.d, name, functions...)
	low := plan.LowerFirst(name)
	planned := plan.Service{
		Interface: name, Pos: s.position(m.spec.Pos()),
		Open: functions[0], Provide: functions[1], Handler: functions[2],
		API: s.names.Fresh(low + "API"), Client: s.names.Fresh(low + "Client"), Local: s.names.Fresh(low + "Local"), Errors: signature.Sentinels(s.pkg.Types),
	}
	idempotent := s.idempotent(m.d, iface)
	imports := signature.NewQualifier(s.pkg.Types)
	for fn := range iface.Methods() {
		if method := s.method(m, fn, imports); method != nil {
			if len(method.Params) > 0 {
				method.In = s.names.Fresh(low + fn.Name() + "In")
			}
			if len(method.Results) > 0 {
				method.Out = s.names.Fresh(low + fn.Name() + "Out")
			}
			method.Idempotent = slices.Contains(idempotent, fn.Name())
			planned.Methods = append(planned.Methods, *method)
		}
	}
	if err := s.addImports(kind.Bindings, kind.Service.Path); err != nil {
		s.at(m.d.Pos, "move the interface to a package of its own", "package %s cannot use bindings: %v", s.out.Name, err)
	}
	if planned.Imports = imports.ImportList(); s.program.Findings.Len() == before {
		s.out.Services = append(s.out.Services, planned)
	}
}

// idempotent reads the directive's argument: the methods that may be called again after a failed
// call.
func (s services) idempotent(d directive.Directive, iface *types.Interface) (list []string) {
	readArguments(d, []string{"idempotent"}, s.program.Findings, func(_, text string, _ token.Pos) error {
		for name := range strings.SplitSeq(text, ",") {
			switch {
			case signature.MethodNamed(iface, name) == nil:
				var names []string
				for m := range iface.Methods() {
					names = append(names, m.Name())
				}
				err := fmt.Errorf("must name methods of the interface, which has no %q", name)
				return &hintedError{err, cmp.Or(suggest.DidYouMean(name, names), "its methods are "+strings.Join(names, ", "))}
			case slices.Contains(list, name):
				return fmt.Errorf("must name %s once", name)
			}
			list = append(list, name)
		}
		return nil
	})
	return list
}

// method plans one method of a service. It reports types that cannot travel at the method's
// declaration, or at the directive if the method is declared in another package.
func (s services) method(m markedType, fn *types.Func, imports *signature.Qualifier) *plan.ServiceMethod {
	before := s.program.Findings.Len()
	pos := fn.Pos()
	if fn.Pkg() != s.pkg.Types {
		pos = m.d.Pos
	}
	must := func(format string, args ...any) {
		s.at(pos, "change it, or move it to another interface",
			"method %s of service %s must "+format, append([]any{fn.Name(), m.spec.Name.Name}, args...)...)
	}
	sig := fn.Signature()
	last := sig.Results().Len() - 1
	switch {
	case !fn.Exported():
		must("be exported, to be called from other processes")
		return nil
	case !takesContext(sig):
		must("take a context.Context first")
		return nil
	case last < 0 || !signature.IsError(sig.Results().At(last).Type()):
		must("return an error last, because a call may fail on its way")
		return nil
	}
	planned := &plan.ServiceMethod{Name: fn.Name(), Variadic: sig.Variadic()}
	taken := map[string]bool{}
	for i := range sig.Params().Len() - 1 {
		v := sig.Params().At(i + 1)
		encoded := types.NewPointer(v.Type()) // a field of a struct that is encoded through a pointer to it
		planned.Params = append(planned.Params, plan.Param{
			Name: signature.JSONName(v, "p"+strconv.Itoa(i), taken), Type: s.traveling(v.Type(), encoded, "take", must, imports),
		})
	}
	taken = map[string]bool{}
	for i := range last {
		v := sig.Results().At(i)
		name := "result"
		if last > 1 {
			name += strconv.Itoa(i)
		}
		planned.Results = append(planned.Results, plan.Param{
			Name: signature.JSONName(v, name, taken), Type: s.traveling(v.Type(), v.Type(), "return", must, imports),
		})
	}
	if s.program.Findings.Len() > before {
		return nil
	}
	return planned
}

// traveling spells the type of a parameter or result, and reports one that encoding would change.
func (s services) traveling(t, encoded types.Type, verb string, must func(string, ...any), imports *signature.Qualifier) string {
	text, err := s.spell(t, imports)
	if err != nil {
		must("%s types that have a name here: %v", verb, err)
	}
	if err := s.travels(encoded); err != nil {
		must("%s types that can travel as JSON: %v", verb, err)
	}
	return text
}
