package sites

import (
	"cmp"
	"fmt"
	"go/types"
	"slices"

	"github.com/instrumentgo/instrument/analysis/internal/ask"
	"github.com/instrumentgo/instrument/analysis/internal/signature"
	"github.com/instrumentgo/instrument/analysis/internal/source"
	"github.com/instrumentgo/instrument/analysis/plan"
	"github.com/instrumentgo/instrument/aspects"
	"github.com/instrumentgo/instrument/internal/option"
)

// This file checks what an aspect needs of a function: Definition.Needs, and what single options
// need in addition.

const (
	addParameter = "remove it, or add a parameter of type context.Context"
	returnError  = "remove it, or return an error"
)

// refuses returns the reason why the function cannot have the aspect, with a hint, or "". Unclear says
// why policies do not understand its response, "" for no reason.
func refuses(f *source.Func, def *aspects.Definition, s *plan.Site, w *ask.Want, unclear string) (reason, remedy string) {
	n := def.Needs
	if s.Entry.Responds {
		if n.NoResponse != "" {
			title := s.Entry.Title
			if s.Declared != nil {
				title = s.Declared.Title
			}
			return fmt.Sprintf("%s must not be on %s: %s", def.Name, title, n.NoResponse),
				"remove it, or move it to a function that the handler calls"
		}
		return "", ""
	}
	if reason, remedy := refusesContext(def, s, w); reason != "" {
		return reason, remedy
	}
	if n.Error != "" && s.ErrAs != plan.ErrError && !(f.Started && def.Name == option.Recover) {
		return fmt.Sprintf("%s needs a result of type error: %s", def.Name, n.Error), returnError
	}
	if sig := f.Obj.Signature(); n.Ground != "" && (sig.TypeParams().Len() > 0 || sig.RecvTypeParams().Len() > 0) {
		return fmt.Sprintf("%s must not be on a function with type parameters: %s", def.Name, n.Ground),
			"remove it, or put it on a function that calls this one with its types"
	}
	if n.JSON != "" {
		if err := travel(f, s.Err); err != nil {
			return fmt.Sprintf("%s needs results with a form in JSON, and %v: %s", def.Name, err, n.JSON),
				"remove it, or return values that encoding/json reads back as they were"
		}
	}
	switch {
	case understands(s, def):
		return "", ""
	case unclear != "" && n.Plain != "" && slices.Contains(judging, def.Name):
		return fmt.Sprintf("%s must understand the response, and cannot: %s", def.Name, unclear), "remove it, or put it on a function that does no more than send the request"
	}
	if reason, remedy := refusesStream(f, def, w.Has("stream")); reason != "" {
		return reason, remedy
	}
	return refusesOwned(f, def, s, w)
}

func refusesContext(def *aspects.Definition, s *plan.Site, w *ask.Want) (reason, remedy string) {
	n := def.Needs
	switch {
	case n.Context == "" || s.Entry.Holds == plan.HoldsContext:
	case s.Entry.Holds == plan.HoldsNothing:
		return fmt.Sprintf("%s needs a parameter of type context.Context: %s", def.Name, n.Context), "remove it, or add the parameter"
	case s.Entry.Holds == plan.HoldsStream:
		return fmt.Sprintf("%s needs a parameter of type context.Context, not a stream, which may keep its own: %s", def.Name,
			cmp.Or(n.Own, n.Context)), addParameter
	case n.Own != "" && !copiesRequest(s):
		return fmt.Sprintf("%s needs a parameter of type context.Context, not a request: %s", def.Name, n.Own), addParameter
	case s.Declared != nil:
		return fmt.Sprintf("%s needs a parameter of type context.Context, not that of %s, which others may be using: %s", def.Name,
			s.Declared.Title, n.Context), addParameter
	case s.Entry.Holds == plan.HoldsKeptRequest:
		return fmt.Sprintf("%s must not be on a function that keeps its *http.Request, which weaving would have to replace: %s", def.Name,
			n.Context), addParameter
	}
	if option, why := wantsContext(w, s); option != "" {
		return fmt.Sprintf("%s's option %s needs a parameter of type context.Context: %s", def.Name, option, why), addParameter
	}
	return "", ""
}

// wantsContext returns an option that needs a context although its aspect does not, and the reason.
func wantsContext(w *ask.Want, s *plan.Site) (name, why string) {
	holds := s.Entry.Holds
	switch {
	case w.Name == option.Retry && w.Has("each") && holds != plan.HoldsContext && !copiesRequest(s):
		return "each", "the deadline of an attempt travels in it"
	case w.Name == option.Limit && ask.Duration(w.Text("wait")) > 0 && holds == plan.HoldsNothing:
		return "wait", "a caller that is gone must not keep waiting"
	case w.Name == option.Bulkhead && w.Has("queue") && w.Text("queue") != "0" && ask.Duration(w.Text("wait")) == 0 &&
		holds == plan.HoldsNothing:
		return "queue", "without a wait, nothing else ends the waiting"
	}
	return "", ""
}

// refusesStream returns the reason why an aspect does not fit results whose work continues after
// the function has returned. streamOK says that the user accepts this.
func refusesStream(f *source.Func, def *aspects.Definition, streamOK bool) (reason, remedy string) {
	plain, remedy := def.Needs.Plain, "remove it, or return the complete value"
	if _, hasStream := def.Option("stream"); hasStream && !streamOK {
		plain, remedy = "what is measured would end at return, before the work does, unless stream=ok accepts that", "add stream=ok, or remove it"
	}
	if plain == "" {
		return "", ""
	}
	for v := range f.Obj.Signature().Results().Variables() {
		if kind := signature.Stream(v.Type()); kind != "" {
			if kind == signature.Response && slices.Contains(judging, def.Name) {
				remedy = "remove it, return the complete value, or include httphooks.Rules, by which policies understand it beside an error"
			}
			return fmt.Sprintf("%s needs plain results, and %s is %s: %s", def.Name, signature.Short(v.Type()), kind, plain), remedy
		}
	}
	return "", ""
}

// travel returns an error if encoding/json does not read back a result as it was, and nil
// otherwise. The error says which result. The function's own error does not count.
func travel(f *source.Func, failure int) error {
	results := f.Obj.Signature().Results()
	for i := range results.Len() {
		if i == failure {
			continue
		}
		if err := signature.Travels(results.At(i).Type(), (*types.Package).Name); err != nil {
			return err
		}
	}
	return nil
}
