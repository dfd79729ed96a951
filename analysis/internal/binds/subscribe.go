package binds

import (
	"fmt"
	"go/token"
	"go/types"
	"path"
	"slices"
	"strconv"
	"time"

	"github.com/instrumentgo/instrument/analysis/internal/directive"
	"github.com/instrumentgo/instrument/analysis/internal/signature"
	"github.com/instrumentgo/instrument/analysis/plan"
	"github.com/instrumentgo/instrument/internal/kind"
	"github.com/instrumentgo/instrument/internal/option"
)

// subscribers plans the methods of bound structs that handle messages.
type subscribers struct {
	*scope
	marked  *marked
	structs []*boundStruct
}

// plan plans one method.
func (s *subscribers) plan(m markedMethod) {
	obj, ok := s.pkg.Info.Defs[m.decl.Name].(*types.Func)
	if !ok {
		return
	}
	before := s.program.Findings.Len()
	b := s.receiver(m, obj)
	sig := obj.Signature()
	if !handlesMessages(sig) {
		s.at(m.d.Pos, "as in func (o *Orders) OnPaid(ctx context.Context, e Paid) error",
			"method %s must be a func(context.Context, T) error to handle messages", obj.Name())
	} else if err := s.travels(sig.Params().At(1).Type()); err != nil {
		s.at(m.d.Pos, "take a type of plain data", "method %s must take a message that can be decoded: %v", obj.Name(), err)
	}
	h := plan.Handler{Method: obj.Name(), Pos: s.position(m.decl.Pos()), Group: s.defaultGroup(obj.Name())}
	s.arguments(m.d, &h)
	if h.Topic == "" && s.program.Findings.Len() == before {
		s.at(m.d.Pos, "as in //instrument:subscribe topic=paid", "directive //instrument:subscribe must name a topic")
	}
	if b != nil && s.program.Findings.Len() == before {
		s.handle(m, b, sig.Params().At(1).Type(), h)
	}
	if b != nil && s.program.Findings.Len() > before {
		b.refused = true
	}
}

// handle adds a handler of messages to its struct.
func (s *subscribers) handle(m markedMethod, b *boundStruct, message types.Type, h plan.Handler) {
	text, err := s.spell(message, b.imports)
	if err == nil {
		err = s.addImports(kind.Topic.Path)
	}
	if err != nil {
		s.at(m.d.Pos, "move the type", "method %s cannot handle messages: %v", h.Method, err)
	}
	h.Message = text
	method := b.obj.Name() + "." + h.Method
	if s.agree(h.Topic, method, "topic", []types.Type{message}, m.d.Pos) && err == nil {
		at := s.program.Position(m.d.Pos)
		s.subscriptions = append(s.subscriptions, claim{s.pkg.Listed.PkgPath, method, h.Topic, h.Group, at})
		b.plan.Handles = append(b.plan.Handles, h)
	}
}

// purposes say what a method with each directive is for.
var purposes = map[string]string{"subscribe": "handle messages", "workflow": "be a workflow"}

// receiver returns the bound struct that a method belongs to. For a method of anything else it
// reports a finding and returns nil.
func (s *subscribers) receiver(m markedMethod, obj *types.Func) *boundStruct {
	recv := signature.Receiver(obj)
	if recv == nil {
		s.at(m.d.Pos, "move it to a method", "directive //instrument:%s must be on a method, and %s is a function", m.d.Name, obj.Name())
		return nil
	}
	i := slices.IndexFunc(s.structs, func(b *boundStruct) bool { return b.obj == recv })
	switch {
	case i < 0 && !s.marked.hasStruct(recv.Name()):
		s.at(m.d.Pos, "add //instrument:bind to "+recv.Name(),
			"method %s must belong to a struct that is marked //instrument:bind to %s", obj.Name(), purposes[m.d.Name])
		return nil
	case i < 0: // the mistake in the struct was reported already
		return nil
	case !signature.IsPointer(obj.Signature().Recv().Type()):
		s.at(m.d.Pos, "as in func (o *"+recv.Name()+") "+obj.Name(),
			"method %s must have a pointer receiver to %s, because a copy would lack what is set after %s",
			obj.Name(), purposes[m.d.Name], s.structs[i].plan.Func)
	}
	return s.structs[i]
}

// handlesMessages reports whether a signature is func(context.Context, T) error.
func handlesMessages(sig *types.Signature) bool {
	return sig.Params().Len() == 2 && takesContext(sig) && !sig.Variadic() && !signature.IsContext(sig.Params().At(1).Type()) &&
		sig.Results().Len() == 1 && signature.IsError(sig.Results().At(0).Type())
}

// defaultGroup names the group of a handler by its method and its package; for a main package, by
// the package's folder.
func (s *subscribers) defaultGroup(method string) string {
	name := s.out.Name
	if name == "main" {
		name = path.Base(s.out.Path)
	}
	return name + "." + kebab(method)
}

// arguments reads the arguments of a directive subscribe.
func (s *subscribers) arguments(d directive.Directive, h *plan.Handler) {
	values := map[string]string{}
	options := []string{"topic", "group", "concurrency", "deliveries", "lease", "from"}
	readArguments(d, options, s.program.Findings, func(name, text string, _ token.Pos) error {
		switch name {
		case "topic":
			h.Topic = text
			return checkLogicalName(text)
		case "group":
			h.Group = text
			return checkLogicalName(text)
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
			values[name] = option.FormatDuration(t)
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

// claim is a method of some package that handles the messages of a topic as a group, or executes
// the runs of a workflow.
type claim struct {
	pkg, method, binding, group string // group is "" for a workflow
	pos                         token.Position
}

// Rivals reports methods that claim the same in one program: subscriptions with one group and
// topic, because each message would reach only one of them, and workflows with two bodies,
// because one alone could execute a run.
func (p *Planner) Rivals() {
	p.rivals(p.bodies, func(c, first claim) {
		p.program.Findings.Add(c.pos, "give it a name of its own", "%s must not be workflow %q with %s, because a run has one body",
			c.method, c.binding, first.method)
	})
	p.rivals(p.subscriptions, func(c, first claim) {
		p.program.Findings.Add(c.pos, "give it a group of its own, as in group="+c.group+"-2",
			"%s must not be in group %q of topic %q with %s, because each message goes to one of them",
			c.method, c.group, c.binding, first.method)
	})
}

// rivals reports each claim that an earlier one in the same program has made.
func (p *Planner) rivals(claims []claim, report func(c, first claim)) {
	for i, c := range claims {
		same := func(first claim) bool {
			return c.binding == first.binding && c.group == first.group && p.program.Graph.Together(c.pkg, first.pkg)
		}
		if j := slices.IndexFunc(claims[:i], same); j >= 0 {
			report(c, claims[j])
		}
	}
}
