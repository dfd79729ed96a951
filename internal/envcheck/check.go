package envcheck

import (
	"cmp"
	"fmt"
	"go/token"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/instrumentgo/instrument/analysis"
	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/provider"
)

// Input is a program and its environments.
type Input struct {
	Dir          string // that paths in messages are relative to
	Plan         *analysis.Plan
	Found        []analysis.Diagnostic // of planning
	Uses         *analysis.Uses
	Mains        []analysis.Main
	Environments []Environment         // in the order of the command line: the others are compared with the first
	Selected     func(pkg string) bool // the packages that it is about; nil for all
	Whole        bool                  // these are all that use the environments, so that their entries must be used
	Providers    provider.List         // of others, as [Providers] reads them
}

// Finding is something that is wrong, or a note.
type Finding struct {
	analysis.Diagnostic
	Note        bool
	Environment string // "prod"; "" if it is about all of them
	Binding     string // logical name; "" if it is about the whole
	Kind        string // of the binding, where that is known
}

// Check returns all findings, sorted by position.
func Check(in Input) []Finding {
	c := &checker{Input: in, needs: needsOf(in), known: append(provider.All(), in.Providers...)}
	for _, d := range in.Found {
		c.found = append(c.found, Finding{Diagnostic: d})
	}
	c.namespaces()
	c.tenantFields()
	for i := range in.Environments {
		e := c.open(&in.Environments[i])
		e.entries()
		e.missing()
		e.kinds()
		e.abilities()
		e.services()
		e.apart()
		e.tenants()
		e.unused()
		c.opened = append(c.opened, e)
	}
	c.differences()
	slices.SortStableFunc(c.found, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Pos.Filename, b.Pos.Filename), cmp.Compare(a.Pos.Line, b.Pos.Line), cmp.Compare(a.Pos.Column, b.Pos.Column),
			cmp.Compare(a.Message, b.Message))
	})
	return slices.CompactFunc(c.found, func(a, b Finding) bool { return a.Diagnostic == b.Diagnostic && a.Note == b.Note })
}

// checker is a check under way.
type checker struct {
	Input
	needs  []need
	known  provider.List
	opened []*opened
	found  []Finding
}

// add adds a finding about an environment.
func (e *opened) add(pos token.Position, binding, kind, hint, format string, args ...any) {
	e.check.found = append(e.check.found, Finding{
		Diagnostic:  analysis.Diagnostic{Pos: pos, Message: fmt.Sprintf(format, args...), Hint: hint},
		Environment: e.Name, Binding: binding, Kind: kind})
}

// note adds a note about an environment.
func (e *opened) note(pos token.Position, binding, kind, format string, args ...any) {
	e.add(pos, binding, kind, "", format, args...)
	e.check.found[len(e.check.found)-1].Note = true
}

// opened is an environment with its entries by name.
type opened struct {
	*Environment
	check  *checker
	byName map[string]entry
	broken map[string]bool // entries that are there and cannot be read, so that nothing else is said of them
}

// entry is an entry of an environment file.
type entry struct {
	bindings.Binding
	pos      token.Position
	url      *url.URL
	options  map[string]string // of URL and mapping, secrets aside
	provider provider.Declaration
	known    bool // what the provider declares is known
}

func (c *checker) open(file *Environment) *opened {
	e := &opened{Environment: file, check: c, byName: map[string]entry{}, broken: map[string]bool{}}
	for _, p := range file.Problems {
		e.broken[p.Binding] = true
		e.add(e.at(p.Position), p.Binding, "", "", "%v", p.Err)
	}
	for _, b := range file.Bindings {
		if _, twice := e.byName[b.Name]; twice {
			continue // bindings.Check reports it
		}
		e.byName[b.Name] = e.entry(b)
	}
	return e
}

// entry reads what an entry says of itself. bindings.Check reports a URL that cannot be parsed.
func (e *opened) entry(b bindings.Binding) entry {
	n := entry{Binding: b, pos: e.at(b.Position), options: map[string]string{}, url: &url.URL{}}
	u, err := url.Parse(b.URL)
	if err != nil {
		return n
	}
	n.url = u
	n.provider, n.known = e.check.known.ByScheme(u.Scheme)
	for name, values := range u.Query() {
		n.options[name] = values[0]
	}
	for name, value := range b.Options {
		if value.Secret == "" {
			n.options[name] = value.Text
		}
	}
	return n
}

// kind returns what the entry's provider says of a kind.
func (n entry) kind(kind string) (provider.Kind, bool) {
	if !n.known {
		return provider.Kind{}, false
	}
	return n.provider.Kind(bindings.Kind(kind))
}

// perTenant reports whether the entry asks to keep tenants apart, and whether it says anything of that.
func (n entry) perTenant() (apart, said bool) {
	text, said := n.options["tenants"]
	apart, _ = strconv.ParseBool(text)
	return apart, said
}

// at parses a position as package environment writes it, file:line:column.
func (e *Environment) at(position string) token.Position {
	pos := token.Position{Filename: e.Path, Line: 1, Column: 1}
	parts := strings.Split(position, ":")
	if len(parts) < 3 {
		return pos
	}
	line, err := strconv.Atoi(parts[len(parts)-2])
	column, err2 := strconv.Atoi(parts[len(parts)-1])
	if err == nil && err2 == nil {
		pos.Line, pos.Column = line, column
	}
	return pos
}

// shown is the environment's file as messages name it.
func (e *opened) shown() string { return analysis.Relative(e.check.Dir, e.Path) }

// shown is a place in a source file as messages name it.
func (c *checker) shown(pos token.Position) string {
	return fmt.Sprintf("%s:%d", analysis.Relative(c.Dir, pos.Filename), pos.Line)
}

func list(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}
