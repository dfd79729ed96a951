package binds

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strconv"
	"strings"

	"github.com/instrumentgo/instrument/analysis/internal/directive"
	"github.com/instrumentgo/instrument/analysis/internal/signature"
	"github.com/instrumentgo/instrument/analysis/plan"
)

// service plans one interface that other processes call.
func (j *injector) service(m markedType) {
	obj, ok := j.pkg.Info.Defs[m.spec.Name].(*types.TypeName)
	if !ok {
		return
	}
	name := obj.Name()
	iface, ok := obj.Type().Underlying().(*types.Interface)
	switch {
	case !ok:
		j.at(m.d.Pos, "remove it, or move it to an interface", "directive //instrument:service must be on an interface, and %s is none", name)
		return
	case m.spec.TypeParams != nil || !iface.IsMethodSet() || iface.NumMethods() == 0:
		j.at(m.d.Pos, "remove it", "directive //instrument:service must be on an interface of methods without type parameters, and %s is none", name)
		return
	}
	before := j.p.Findings.Len()
	functions := plan.ServiceNames(name)
	j.free(m.d, name, functions...)
	low := plan.LowerFirst(name)
	s := plan.Service{
		Interface: name, Pos: plan.PositionIn(j.p.Position(m.spec.Pos()), j.out.ModuleDir),
		Open: functions[0], Provide: functions[1], Handler: functions[2],
		API: j.names.Fresh(low + "API"), Client: j.names.Fresh(low + "Client"), Local: j.names.Fresh(low + "Local"), Errors: j.sentinels(),
	}
	idempotent := j.idempotent(m.d, iface)
	q := signature.NewQualifier(j.pkg.Types)
	for i := range iface.NumMethods() {
		fn := iface.Method(i)
		if method := j.serviceMethod(m, fn, q); method != nil {
			if len(method.Params) > 0 {
				method.In = j.names.Fresh(low + fn.Name() + "In")
			}
			if len(method.Results) > 0 {
				method.Out = j.names.Fresh(low + fn.Name() + "Out")
			}
			method.Idempotent = slices.Contains(idempotent, fn.Name())
			s.Methods = append(s.Methods, *method)
		}
	}
	if err := j.uses(plan.BindingsPath, plan.ServicePath); err != nil {
		j.at(m.d.Pos, "move the interface to a package of its own", "package %s cannot use bindings: %v", j.out.Name, err)
	}
	if s.Imports = q.ImportList(); j.p.Findings.Len() == before {
		j.out.Services = append(j.out.Services, s)
	}
}

// idempotent reads the directive's argument: the methods that may be called again when a call failed.
func (j *injector) idempotent(d directive.Directive, iface *types.Interface) (list []string) {
	j.arguments(d, []string{"idempotent"}, func(_, text string, _ token.Pos) error {
		for name := range strings.SplitSeq(text, ",") {
			switch {
			case signature.MethodNamed(iface, name) == nil:
				return fmt.Errorf("must name methods of the interface, which has no %q", name)
			case slices.Contains(list, name):
				return fmt.Errorf("must name %s once", name)
			}
			list = append(list, name)
		}
		return nil
	})
	return list
}

// serviceMethod plans one method of a service. What cannot travel is reported where the method is declared, or at the
// directive if that is in another package.
func (j *injector) serviceMethod(m markedType, fn *types.Func, q *signature.Qualifier) *plan.ServiceMethod {
	before := j.p.Findings.Len()
	pos := fn.Pos()
	if fn.Pkg() != j.pkg.Types {
		pos = m.d.Pos
	}
	must := func(format string, args ...any) {
		j.at(pos, "change it, or move it to another interface", "method %s of service %s must "+format, append([]any{fn.Name(), m.spec.Name.Name}, args...)...)
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
	s := &plan.ServiceMethod{Name: fn.Name(), Variadic: sig.Variadic()}
	taken := map[string]bool{}
	for i := 1; i < sig.Params().Len(); i++ {
		v := sig.Params().At(i)
		s.Params = append(s.Params, j.traveling(v, jsonName(v, "p"+strconv.Itoa(i-1), taken), "take", must, q))
	}
	taken = map[string]bool{}
	for i := range last {
		v := sig.Results().At(i)
		name := "result"
		if last > 1 {
			name += strconv.Itoa(i)
		}
		s.Results = append(s.Results, j.traveling(v, jsonName(v, name, taken), "return", must, q))
	}
	if j.p.Findings.Len() > before {
		return nil
	}
	return s
}

// traveling plans a parameter or result, and reports one that cannot travel.
func (j *injector) traveling(v *types.Var, name, verb string, must func(string, ...any), q *signature.Qualifier) plan.Param {
	text, err := j.spell(v.Type(), q)
	if err != nil {
		must("%s types that have a name here: %v", verb, err)
	}
	t := v.Type()
	if verb == "take" { // arguments are encoded through a pointer to their struct
		t = types.NewPointer(t)
	}
	if err := j.travels(t); err != nil {
		must("%s what can travel as JSON: %v", verb, err)
	}
	return plan.Param{Name: name, Type: text}
}

// jsonName is the name of a parameter or result, or the given one if it has none, or if it differs from another in case only.
func jsonName(v *types.Var, otherwise string, taken map[string]bool) string {
	name := v.Name()
	if name == "" || name[0] < 'A' || name[0] == '_' || name[0] > 'z' || taken[strings.ToLower(name)] { // a field of a struct could not be called so
		name = otherwise
	}
	taken[strings.ToLower(name)] = true
	return name
}

// sentinels returns the package's exported variables Err… of type error, sorted: they travel by name.
func (j *injector) sentinels() []string {
	var list []string
	scope := j.pkg.Types.Scope()
	for _, name := range scope.Names() {
		v, ok := scope.Lookup(name).(*types.Var)
		if ok && strings.HasPrefix(name, "Err") && ast.IsExported(name) && signature.IsError(v.Type()) {
			list = append(list, name)
		}
	}
	return list
}
