package entryhooks

import (
	"context"

	"github.com/instrumentgo/instrument/runtimehooks"
)

// Parent is one woven function that is no handler, and has the parameter of one: the context in it
// is the parent of the span. The parameter stays as it is, because such functions may run at the
// same time and share it. It must not be copied after its first call.
type Parent[P any] struct {
	runtimehooks.Site
	Entry interface{ parent(P) context.Context } // an [Entry] or an [ErrorEntry]
}

func (e *Entry[P]) parent(p P) context.Context { return e.Context(p) }

func (e *ErrorEntry[P]) parent(p P) context.Context { return e.Context(p) }

// Call returns the record of one call of the function, to be kept in a local variable. Its Within
// comes next.
func (s *Parent[P]) Call() ParentCall[P] { return ParentCall[P]{Call: s.Site.Call(), site: s} }

// ParentCall is one call of a woven function with a handler's parameter.
type ParentCall[P any] struct {
	runtimehooks.Call
	site *Parent[P]
}

// Within begins the call. The body does not see the span's context.
func (c *ParentCall[P]) Within(p P) { c.Call.Enter(c.site.Entry.parent(p)) }
