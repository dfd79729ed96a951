package binds

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"path"
	"slices"
	"strconv"
	"time"

	"github.com/instrumentgo/instrument/analysis/internal/ask"
	"github.com/instrumentgo/instrument/analysis/internal/directive"
	"github.com/instrumentgo/instrument/analysis/internal/signature"
	"github.com/instrumentgo/instrument/analysis/plan"
)

// subscriber is a function with a directive subscribe.
type subscriber struct {
	decl *ast.FuncDecl
	d    directive.Directive
}

// takeMethods takes the directives subscribe from the package's functions, in the order of the source.
func (j *injector) takeMethods() []subscriber {
	var list []subscriber
	for _, file := range j.pkg.Files {
		for _, decl := range file.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok {
				continue
			}
			all := j.byFile[file].Funcs
			given := false
			for _, d := range all[fn] {
				switch {
				case d.Name != "subscribe":
				case given:
					j.at(d.Pos, "merge them into one", "directive //instrument:subscribe must be given once")
				default:
					list = append(list, subscriber{fn, d})
					given = true
				}
			}
			if given {
				all[fn] = slices.DeleteFunc(slices.Clone(all[fn]), func(d directive.Directive) bool { return d.Name == "subscribe" })
			}
		}
	}
	return list
}

// subscription plans one method that handles messages.
func (j *injector) subscription(m subscriber) {
	obj, ok := j.pkg.Info.Defs[m.decl.Name].(*types.Func)
	if !ok {
		return
	}
	before := j.p.Findings.Len()
	s := j.boundReceiver(m, obj)
	sig := obj.Signature()
	if !handles(sig) {
		j.at(m.d.Pos, "as in func (o *Orders) OnPaid(ctx context.Context, e Paid) error",
			"method %s must be a func(context.Context, T) error to handle messages", obj.Name())
	} else if err := j.travels(sig.Params().At(1).Type()); err != nil {
		j.at(m.d.Pos, "take a type of plain data", "method %s must take a message that can be decoded: %v", obj.Name(), err)
	}
	h := plan.Handler{Method: obj.Name(), Pos: plan.PositionIn(j.p.Position(m.decl.Pos()), j.out.ModuleDir), Group: j.defaultGroup(obj.Name())}
	j.subscribeArguments(m.d, &h)
	if h.Topic == "" && j.p.Findings.Len() == before {
		j.at(m.d.Pos, "as in //instrument:subscribe topic=paid", "directive //instrument:subscribe must name a topic")
	}
	if s == nil || j.p.Findings.Len() > before {
		if s != nil {
			s.fine = false
		}
		return
	}
	message := sig.Params().At(1).Type()
	text, err := j.spell(message, s.q)
	if err == nil {
		err = j.uses(plan.BindingsPath + "/topic")
	}
	if err != nil {
		j.at(m.d.Pos, "move the type", "method %s cannot handle messages: %v", obj.Name(), err)
	}
	h.Message = text
	what := s.obj.Name() + "." + obj.Name()
	if j.agree(h.Topic, what, "topic", []types.Type{message}, m.d.Pos) && err == nil {
		j.handlers = append(j.handlers, placedHandler{j.pkg.Listed.PkgPath, what, h.Topic, h.Group, j.p.Position(m.d.Pos)})
		s.bind.Handles = append(s.bind.Handles, h)
	} else {
		s.fine = false
	}
}

// boundReceiver returns the struct that a method belongs to, or nil where that is none which is bound.
func (j *injector) boundReceiver(m subscriber, obj *types.Func) *binding {
	recv := signature.Receiver(obj)
	switch s := j.bound[recv]; {
	case recv == nil:
		j.at(m.d.Pos, "move it to a method", "directive //instrument:subscribe must be on a method, and %s is a function", obj.Name())
	case s == nil && !j.marked(recv.Name()):
		j.at(m.d.Pos, "add //instrument:bind to "+recv.Name(), "method %s must be one of a struct that is marked //instrument:bind to handle messages", obj.Name())
	case s != nil && !signature.IsPointer(obj.Signature().Recv().Type()):
		j.at(m.d.Pos, "as in func (o *"+recv.Name()+") "+obj.Name(),
			"method %s must have a pointer receiver to handle messages, because a copy would lack what is set after %s", obj.Name(), s.bind.Func)
		s.fine = false
	default:
		return s
	}
	return nil
}

// marked reports whether a type has a directive bind that something was wrong with, which has been said.
func (j *injector) marked(name string) bool {
	return slices.ContainsFunc(j.refused, func(spec *ast.TypeSpec) bool { return spec.Name.Name == name })
}

// handles reports whether a signature is func(context.Context, T) error.
func handles(sig *types.Signature) bool {
	return sig.Params().Len() == 2 && takesContext(sig) && !sig.Variadic() && !signature.IsNamed(sig.Params().At(1).Type(), "context", "Context") &&
		sig.Results().Len() == 1 && signature.IsError(sig.Results().At(0).Type())
}

// defaultGroup names the group of a handler: by the package, or for a main package its folder, and the method.
func (j *injector) defaultGroup(method string) string {
	name := j.out.Name
	if name == "main" {
		name = path.Base(j.out.Path)
	}
	return name + "." + kebab(method)
}

// subscribeArguments reads the arguments of a directive subscribe.
func (j *injector) subscribeArguments(d directive.Directive, h *plan.Handler) {
	values := map[string]string{}
	options := []string{"topic", "group", "concurrency", "deliveries", "lease", "from"}
	j.arguments(d, options, func(name, text string, _ token.Pos) error {
		switch name {
		case "topic":
			h.Topic = text
			return logicalName(text)
		case "group":
			h.Group = text
			return logicalName(text)
		case "concurrency", "deliveries":
			n, err := strconv.Atoi(text)
			if err != nil || n < 1 {
				return fmt.Errorf("must be a whole number of at least 1, not %q", text)
			}
			values[name] = strconv.Itoa(n)
		case "lease":
			t, err := time.ParseDuration(text)
			if err != nil || t < time.Second {
				return fmt.Errorf("must be a duration of at least 1s, not %q", text)
			}
			values[name] = ask.CanonicalDuration(t)
		case "from":
			if values[name] = text; text != "now" {
				return fmt.Errorf("must be now, not %q: without it a group begins with the oldest message", text)
			}
		}
		return nil
	})
	for _, name := range options[2:] {
		if text, ok := values[name]; ok {
			h.Options = append(h.Options, plan.Option{Name: name, Value: text})
		}
	}
}

// placedHandler is a subscription of some package.
type placedHandler struct {
	pkg, what, topic, group string
	pos                     token.Position
}

// Rivals reports subscriptions of one group and topic in one program: each message would go to one of them.
func (b *Planner) Rivals() {
	for i, h := range b.handlers {
		for _, before := range b.handlers[:i] {
			if h.topic == before.topic && h.group == before.group && b.p.Graph.Together(h.pkg, before.pkg) {
				b.p.Findings.Add(h.pos, "give it a group of its own, as in group="+h.group+"-2",
					"%s must not be in group %q of topic %q with %s, because each message goes to one of them", h.what, h.group, h.topic, before.what)
				break
			}
		}
	}
}
