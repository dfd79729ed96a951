package sites

import (
	"fmt"
	"slices"

	"github.com/instrumentgo/instrument/analysis/internal/ask"
	"github.com/instrumentgo/instrument/analysis/internal/signature"
	"github.com/instrumentgo/instrument/analysis/internal/source"
	"github.com/instrumentgo/instrument/analysis/plan"
	"github.com/instrumentgo/instrument/internal/option"
)

// This file decides which context a body gets that keeps its own.

// keptContext returns what the function's body does with its context.
func keptContext(f *source.Func, s *plan.Site) signature.Kept {
	if s.Entry != plan.EntryContext || f.Started {
		return signature.Kept{}
	}
	return signature.KeptContext(f.Obj.Signature(), f.Decl.Body, s.Ctx)
}

// refusesKept returns the reason why an aspect that hands on a context of its own does not fit a
// body that does something else in another one, or "".
func refusesKept(kept signature.Kept, w *ask.Want) string {
	if !kept.Looks || !plan.HandsOn(w.Name, w.Text("each")) {
		return ""
	}
	name := w.Name
	if name == option.Retry {
		name = "retry's option each"
	}
	return fmt.Sprintf("%s must hand on a context of its own, and the body %s: it would do something else", name, kept.Does)
}

// keep lets a body that keeps its context have its caller's own, unless an aspect must hand on
// another one, whose deadline a call that succeeds disarms.
func keep(kept signature.Kept, s *plan.Site) {
	_, traced := s.Aspect(option.Trace)
	if kept.Does == "" || !traced {
		return // nothing else makes a context
	}
	i := slices.IndexFunc(s.Aspects, plan.Aspect.HandsOn)
	if i >= 0 {
		s.Notes = append(s.Notes, fmt.Sprintf("its body %s, and gets that of %s", kept.Does, s.Aspects[i].Name))
		return
	}
	s.Entry = plan.EntryKept
	s.Notes = append(s.Notes, fmt.Sprintf("its body %s, and gets its caller's own: spans below are not its children", kept.Does))
}
