package envcheck

import (
	"go/token"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/provider"
)

// file is an environment file with its entries by name.
type file struct {
	Environment
	byName map[string]entry
	broken map[string]bool // entries that cannot be read, about which nothing else is reported
}

// entry is an entry of an environment file.
type entry struct {
	bindings.Binding
	pos      token.Position
	url      *url.URL
	options  map[string]string // of URL and mapping, except for secrets
	provider provider.Declaration
	known    bool // we know what the provider declares
}

func openFile(env Environment, known provider.List) *file {
	f := &file{Environment: env, byName: map[string]entry{}, broken: map[string]bool{}}
	for _, p := range env.Problems {
		f.broken[p.Binding] = true
	}
	for _, b := range env.Bindings {
		if _, twice := f.byName[b.Name]; !twice { // bindings.Check reports a second one
			f.byName[b.Name] = f.entry(b, known)
		}
	}
	return f
}

// entry reads an entry. It leaves reporting a URL that cannot be parsed to bindings.Check.
func (f *file) entry(b bindings.Binding, known provider.List) entry {
	n := entry{Binding: b, pos: f.at(b.Position), options: map[string]string{}, url: &url.URL{}}
	u, err := url.Parse(b.URL)
	if err != nil {
		return n
	}
	n.url = u
	n.provider, n.known = known.ByScheme(u.Scheme)
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

// at parses a position as package environment writes it, file:line:column.
func (f *file) at(position string) token.Position {
	pos := token.Position{Filename: f.Path, Line: 1, Column: 1}
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

// unreadable reports whether no binding of the file could be read, so that checking what it should
// hold makes no sense.
func (f *file) unreadable() bool { return f.broken[""] && len(f.byName) == 0 }

// kindOf returns what the provider of an entry declares for a kind.
func (f *file) kindOf(name, kind string) (provider.Kind, bool) {
	if f.broken[name] {
		return provider.Kind{}, false
	}
	return f.byName[name].kind(kind)
}

// secrets returns the names of entries that others refer to as secrets, sorted.
func (f *file) secrets() (names []string) {
	for _, n := range f.byName {
		for _, v := range n.Options {
			if _, ok := f.byName[v.Secret]; ok {
				names = append(names, v.Secret)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// kind returns what the entry's provider declares for a kind.
func (n entry) kind(kind string) (provider.Kind, bool) {
	if !n.known {
		return provider.Kind{}, false
	}
	return n.provider.Kind(bindings.Kind(kind))
}

// perTenant reports whether the entry asks to keep tenants apart, and whether it says anything
// about that.
func (n entry) perTenant() (apart, said bool) {
	text, said := n.options["tenants"]
	apart, _ = strconv.ParseBool(text)
	return apart, said
}

// optionHint lists the options of a provider, for an error about an unknown one that has no better
// hint.
func (n entry) optionHint(text string) string {
	if !strings.Contains(text, "has no option") || strings.HasSuffix(text, ")") {
		return ""
	}
	names := func(options []bindings.Option) (names []string) {
		for _, o := range options {
			names = append(names, o.Name)
		}
		return names
	}
	return "options of " + n.provider.Name + ": " + list(names(n.provider.Options)) +
		"; of every binding: " + list(names(bindings.CommonOptions()))
}
