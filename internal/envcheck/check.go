package envcheck

import (
	"cmp"
	"fmt"
	"go/token"
	"iter"
	"slices"
	"strings"

	"github.com/instrumentgo/instrument/analysis/finding"
	"github.com/instrumentgo/instrument/analysis/plan"
	"github.com/instrumentgo/instrument/bindings/provider"
)

// Input is a program and its environments.
type Input struct {
	Dir          string // folder that paths in messages are relative to
	Plan         *plan.Plan
	Found        []finding.Diagnostic // of planning
	Uses         *plan.Uses
	Mains        []plan.Main
	Environments []Environment         // in the order of the command line; the others are compared with the first
	Selected     func(pkg string) bool // the packages to check; nil for all
	Whole        bool                  // only this program uses the environments, so it must use all entries
	Providers    provider.List         // of others, as [Providers] reads them
}

// Finding is a mistake or a note.
type Finding struct {
	finding.Diagnostic
	Note        bool
	Environment string // "prod"; "" if it is about all environments
	Binding     string // logical name; "" if it is about the whole file
	Kind        string // kind of the binding, if known
}

// Check returns all findings, sorted by position.
func Check(in Input) []Finding {
	c := &checker{Input: in, needs: needsOf(in), known: append(provider.All(), in.Providers...)}
	for _, d := range in.Found {
		c.found = append(c.found, Finding{Diagnostic: d})
	}
	c.namespaces()
	c.tenantFields()
	var first *file
	for _, env := range in.Environments {
		f := &fileCheck{c, openFile(env, c.known)}
		f.check()
		if first == nil {
			first = f.file
		} else {
			(&comparison{f, &fileCheck{c, first}}).differences()
		}
	}
	slices.SortStableFunc(c.found, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Pos.Filename, b.Pos.Filename), cmp.Compare(a.Pos.Line, b.Pos.Line), cmp.Compare(a.Pos.Column, b.Pos.Column),
			cmp.Compare(a.Message, b.Message))
	})
	return slices.CompactFunc(c.found, func(a, b Finding) bool { return a.Diagnostic == b.Diagnostic && a.Note == b.Note })
}

// checker checks a program. It collects the findings.
type checker struct {
	Input
	needs []need
	known provider.List
	found []Finding
}

// selected returns the needs of the packages that are checked.
func (c *checker) selected() []need {
	return slices.DeleteFunc(slices.Clone(c.needs), func(n need) bool { return !c.isSelected(n.pkg) })
}

func (c *checker) isSelected(pkg string) bool { return c.Selected == nil || c.Selected(pkg) }

// clash adds a finding about a need that contradicts another one in every environment.
func (c *checker) clash(n need, hint, format string, args ...any) {
	c.found = append(c.found, Finding{
		Diagnostic: finding.Diagnostic{Pos: n.pos, Message: fmt.Sprintf(format, args...), Hint: hint}, Binding: n.name, Kind: n.kind})
}

// line returns a place in a source file as messages name it.
func (c *checker) line(pos token.Position) string {
	return fmt.Sprintf("%s:%d", finding.Relative(c.Dir, pos.Filename), pos.Line)
}

// fileCheck checks a program against one environment file.
type fileCheck struct {
	*checker
	*file
}

// check runs all checks that are about one file alone.
func (e *fileCheck) check() {
	for _, p := range e.Problems {
		e.add(e.at(p.Position), p.Binding, "", "", "%v", p.Err)
	}
	e.entries()
	e.missing()
	e.kinds()
	e.abilities()
	e.lifetimes()
	e.services()
	e.topics()
	e.tenants()
	e.unused()
}

// bound returns the needs of the packages that are checked, each with its entry. It leaves out
// needs that have no entry, and those whose entry is broken.
func (e *fileCheck) bound() iter.Seq2[need, entry] {
	return func(yield func(need, entry) bool) {
		for _, n := range e.selected() {
			if entry, ok := e.byName[n.name]; ok && !e.broken[n.name] && !yield(n, entry) {
				return
			}
		}
	}
}

// add adds a finding about an environment.
func (e *fileCheck) add(pos token.Position, binding, kind, hint, format string, args ...any) {
	e.found = append(e.found, Finding{
		Diagnostic:  finding.Diagnostic{Pos: pos, Message: fmt.Sprintf(format, args...), Hint: hint},
		Environment: e.Name, Binding: binding, Kind: kind})
}

// note adds a note about an environment.
func (e *fileCheck) note(pos token.Position, binding, kind, format string, args ...any) {
	e.add(pos, binding, kind, "", format, args...)
	e.found[len(e.found)-1].Note = true
}

// shown returns the environment's file as messages name it.
func (e *fileCheck) shown() string { return finding.Relative(e.Dir, e.Path) }

func list(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}
