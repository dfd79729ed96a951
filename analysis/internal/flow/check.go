package flow

import (
	"go/token"
	"strconv"

	"github.com/instrumentgo/instrument/analysis/internal/sites"
	"github.com/instrumentgo/instrument/analysis/internal/source"
	"github.com/instrumentgo/instrument/internal/option"
	"github.com/instrumentgo/instrument/internal/underway"
)

// Check reports combinations of aspects that are wrong or wasteful, among the given sites.
func Check(p *source.Program, placed []sites.Placed) {
	var list []*subject
	for i := range placed {
		if s := (*subject)(&placed[i]); s.decides() {
			list = append(list, s)
		}
	}
	for _, s := range list {
		underway.Do(s.doing(), func() {
			checkRepeat(p, s)
			checkStreams(p, s)
			checkCacheKey(p, s)
		})
	}
	checkNested(p, list)
}

// subject is a site with an aspect that decides whether and when its body runs.
type subject sites.Placed

// doing is what is under way while a site is checked.
func (s *subject) doing() underway.Work {
	return underway.Work{Verb: "check", Of: s.Package.Listed.PkgPath + "." + s.Func, At: s.At.String(), Off: underway.OffAbove}
}

// id names the function among all packages.
func (s *subject) id() source.FuncID { return source.IDOf(s.Object) }

// decides reports whether the site has one of the aspects that are checked here.
func (s *subject) decides() bool {
	for _, name := range []string{option.Retry, option.Hedge, option.Timeout, option.Cache} {
		if _, ok := s.Aspect(name); ok {
			return true
		}
	}
	return false
}

// place is the position of a finding about an aspect of the site: the directive above the function
// that asks for the aspect, else the function.
func (s *subject) place(aspect string) token.Position {
	if pos, ok := s.Asked[aspect]; ok {
		return pos
	}
	a, _ := s.Aspect(aspect)
	if pos, ok := s.Asked["use"]; ok && a.From == "directive" {
		return pos
	}
	return s.At
}

// of names an aspect of the site for a message: "retry of Place", with the rule that it comes from.
func (s *subject) of(aspect string) string {
	a, _ := s.Aspect(aspect)
	name := aspect + " of " + s.shown()
	if a.From != "directive" {
		name += " (rule " + strconv.Quote(a.From) + ")"
	}
	return name
}

// shown names the function in a finding; a decorator's method goes by its interface.
func (s *subject) shown() string {
	if s.Body {
		return s.Func
	}
	return s.Name
}
