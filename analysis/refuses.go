package analysis

import (
	"cmp"
	"fmt"
	"go/types"

	"github.com/instrumentgo/instrument/aspects"
)

// What an aspect needs of a function: Definition.Needs, and what single options need beyond.

const (
	addParameter = "remove it, or add a parameter of type context.Context"
	returnError  = "remove it, or return an error"
)

// refuses returns why the function cannot have the aspect, with a remedy, or "".
func (f *function) refuses(def *aspects.Definition, s *Site, w *wanted) (reason, remedy string) {
	n := def.Needs
	if s.Entry == EntryHTTP {
		if n.NoHTTP != "" {
			return fmt.Sprintf("%s must not be on a net/http handler: %s", def.Name, n.NoHTTP), "remove it, or move it to a function that the handler calls"
		}
		return "", ""
	}
	if reason, remedy := refusesContext(def, s, w); reason != "" {
		return reason, remedy
	}
	if n.Error != "" && s.ErrAs != ErrError {
		return fmt.Sprintf("%s needs a result of type error: %s", def.Name, n.Error), returnError
	}
	if sig := f.obj.Signature(); n.Ground != "" && (sig.TypeParams().Len() > 0 || sig.RecvTypeParams().Len() > 0) {
		return fmt.Sprintf("%s must not be on a function with type parameters: %s", def.Name, n.Ground), "remove it, or put it on a function that calls this one with its types"
	}
	if n.JSON != "" {
		if reason := f.withoutJSON(s.Err); reason != "" {
			return fmt.Sprintf("%s needs results with a form in JSON, and %s: %s", def.Name, reason, n.JSON), "remove it, or return values that encoding/json reads back as they were"
		}
	}
	return f.refusesStream(def, w.has("stream"))
}

func refusesContext(def *aspects.Definition, s *Site, w *wanted) (reason, remedy string) {
	n := def.Needs
	switch {
	case n.Context == "" || s.Entry == EntryContext:
	case s.Entry == EntryNone:
		return fmt.Sprintf("%s needs a parameter of type context.Context: %s", def.Name, n.Context), "remove it, or add the parameter"
	case n.Own != "":
		return fmt.Sprintf("%s needs a parameter of type context.Context, not a request: %s", def.Name, n.Own), addParameter
	case s.Entry == EntryParent:
		return fmt.Sprintf("%s must not be on a function that keeps its *http.Request, which would have to be another one: %s", def.Name, n.Context), addParameter
	}
	if option, why := w.wantsContext(s.Entry); option != "" {
		return fmt.Sprintf("%s's option %s needs a parameter of type context.Context: %s", def.Name, option, why), addParameter
	}
	return "", ""
}

// wantsContext returns the option that needs a context where the aspect does not, and why.
func (w *wanted) wantsContext(entry Entry) (option, why string) {
	switch {
	case w.name == "retry" && w.has("each") && entry != EntryContext:
		return "each", "the deadline of an attempt travels in it"
	case w.name == "limit" && duration(w.text("wait")) > 0 && entry == EntryNone:
		return "wait", "a caller that has gone must not wait on"
	case w.name == "bulkhead" && w.has("queue") && w.text("queue") != "0" && duration(w.text("wait")) == 0 && entry == EntryNone:
		return "queue", "without a wait, nothing else ends the waiting"
	}
	return "", ""
}

// refusesStream returns why an aspect does not fit results that go on after the function returned. streamOK says that this is
// accepted.
func (f *function) refusesStream(def *aspects.Definition, streamOK bool) (reason, remedy string) {
	plain, remedy := def.Needs.Plain, "remove it, or return the complete value"
	if _, hasStream := def.Option("stream"); hasStream && !streamOK {
		plain, remedy = "what is measured would end at return, before the work does, unless stream=ok accepts that", "add stream=ok, or remove it"
	}
	if plain == "" {
		return "", ""
	}
	for v := range f.obj.Signature().Results().Variables() {
		if kind := stream(v.Type()); kind != "" {
			return fmt.Sprintf("%s needs plain results, and %s is %s: %s", def.Name, shortType(v.Type()), kind, plain), remedy
		}
	}
	return "", ""
}

// withoutJSON returns which result, but for the error, encoding/json does not read back as it was, or "".
func (f *function) withoutJSON(failure int) string {
	results := f.obj.Signature().Results()
	for i := range results.Len() {
		if i == failure {
			continue
		}
		if reason := notJSON(results.At(i).Type(), map[types.Type]bool{}); reason != "" {
			return shortType(results.At(i).Type()) + " " + reason
		}
	}
	return ""
}

// notJSON returns why values of a type have no form in JSON that keeps them, or "". Type parameters are let through: what
// they stand for is known at run time.
func notJSON(t types.Type, seen map[types.Type]bool) string {
	if seen[t] || hasMarshaler(t) {
		return ""
	}
	seen[t] = true
	switch u := t.Underlying().(type) {
	case *types.Chan:
		return "holds a channel"
	case *types.Signature:
		return "holds a function"
	case *types.Basic:
		if u.Info()&types.IsComplex != 0 || u.Kind() == types.UnsafePointer {
			return "holds a " + u.Name()
		}
	case *types.Interface:
		if _, parameter := types.Unalias(t).(*types.TypeParam); !parameter && u.NumMethods() > 0 && !isError(t) {
			return "holds the interface " + shortType(t) + ", and nothing says what to make of it"
		}
	case *types.Pointer:
		return notJSON(u.Elem(), seen)
	case *types.Slice:
		return notJSON(u.Elem(), seen)
	case *types.Array:
		return notJSON(u.Elem(), seen)
	case *types.Map:
		return cmp.Or(notKey(u.Key()), notJSON(u.Elem(), seen))
	case *types.Struct:
		return notFields(t, u, seen)
	}
	return ""
}

func notKey(t types.Type) string {
	basic, ok := t.Underlying().(*types.Basic)
	if ok && basic.Info()&(types.IsString|types.IsInteger) != 0 || hasMarshaler(t) {
		return ""
	}
	if _, parameter := types.Unalias(t).(*types.TypeParam); parameter {
		return ""
	}
	return "holds a map with keys of type " + shortType(t)
}

// notFields looks at the exported fields. A struct that has none but others would come back empty.
func notFields(t types.Type, s *types.Struct, seen map[types.Type]bool) string {
	kept := s.NumFields() == 0
	for i := range s.NumFields() {
		field := s.Field(i)
		if !field.Exported() && !field.Embedded() || s.Tag(i) == `json:"-"` {
			continue
		}
		kept = true
		if reason := notJSON(field.Type(), seen); reason != "" {
			return reason
		}
	}
	if !kept {
		return "holds " + shortType(t) + ", which has no exported field"
	}
	return ""
}

// hasMarshaler reports whether a type, or a pointer to it, has a JSON or text form of its own.
func hasMarshaler(t types.Type) bool {
	for _, name := range []string{"UnmarshalJSON", "UnmarshalText"} {
		if obj, _, _ := types.LookupFieldOrMethod(t, true, nil, name); obj != nil {
			if _, ok := obj.(*types.Func); ok {
				return true
			}
		}
	}
	return false
}
