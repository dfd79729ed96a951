package provider

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/internal/suggest"
)

// FileName is the name of the file in which a provider of others has its declaration, next to its
// Go files.
const FileName = "provider.json"

// Problem is something that is wrong with a declaration.
type Problem struct {
	Line, Column int    // from 1, the column in bytes
	Text         string // what the declaration must be
	Remedy       string // how to get there
}

// Problems are all that is wrong with a declaration, in the order of the file.
type Problems []Problem

// Error implements error with a line for each problem.
func (p Problems) Error() string {
	var lines []string
	for _, problem := range p {
		lines = append(lines, fmt.Sprintf("%s:%d:%d: %s (%s)", FileName, problem.Line, problem.Column, problem.Text, problem.Remedy))
	}
	return strings.Join(lines, "\n")
}

// MustParse is [Parse] for a declaration that is embedded in its provider. It panics if something
// is wrong.
func MustParse(data []byte) Declaration {
	d, err := Parse(data)
	if err != nil {
		panic(err)
	}
	return d
}

// Parse reads a declaration in JSON, whose members are the fields of [Declaration] in lower case,
// except for Package. An ability without a condition may be its name alone, and a granularity is a
// duration such as 1s. The error is [Problems].
func Parse(data []byte) (Declaration, error) {
	r := &reader{data: data}
	d := Declaration{}
	if n, ok := r.document(); ok {
		d = r.declaration(n)
	}
	if len(r.problems) > 0 {
		slices.SortStableFunc(r.problems, func(a, b Problem) int { return cmp.Or(a.Line-b.Line, a.Column-b.Column) })
		return Declaration{}, r.problems
	}
	slices.SortFunc(d.Kinds, func(a, b Kind) int { return strings.Compare(string(a.Kind), string(b.Kind)) })
	for _, k := range d.Kinds {
		slices.SortFunc(k.Abilities, func(a, b Ability) int { return strings.Compare(a.Name, b.Name) })
	}
	return d, nil
}

// scheme is what the scheme of a URL looks like when it is parsed.
var scheme = regexp.MustCompile(`^[a-z][a-z0-9+.-]*$`)

func (r *reader) declaration(n node) (d Declaration) {
	r.object(n, "the declaration", members{
		"name":   func(n node) { d.Name = r.text(n, "name") },
		"doc":    func(n node) { d.Doc = r.text(n, "doc") },
		"system": func(n node) { d.System = r.text(n, "system") },
		"schemes": func(n node) {
			r.each(n, "schemes", func(n node) {
				s := r.text(n, "a scheme")
				if s != "" && !scheme.MatchString(s) {
					r.wrong(n, "write lower-case letters, digits, +, - and ., without the colon", "%q must be the scheme of a URL", s)
				}
				r.once(n, slices.Contains(d.Schemes, s), "scheme", s)
				d.Schemes = append(d.Schemes, s)
			})
		},
		"kinds":   func(n node) { r.each(n, "kinds", func(n node) { d.Kinds = append(d.Kinds, r.kind(n, &d)) }) },
		"options": func(n node) { r.each(n, "options", func(n node) { d.Options = append(d.Options, r.option(n, &d)) }) },
		"urls":    func(n node) { r.each(n, "urls", func(n node) { d.URLs = append(d.URLs, r.urlForm(n)) }) },
	}, "name", "doc", "system", "schemes", "kinds")
	for _, c := range r.conditions { // the schemes may stand after what refers to them
		for _, n := range c {
			if s := r.text(n, "a scheme"); !slices.Contains(d.Schemes, s) {
				r.wrong(n, "schemes of the provider: "+strings.Join(d.Schemes, ", "),
					"it must be about schemes of the provider, which %q is not", s)
			}
		}
	}
	return d
}

func (r *reader) kind(n node, d *Declaration) (k Kind) {
	var abilities []node
	r.object(n, "a kind", members{
		"kind": func(n node) {
			k.Kind = bindings.Kind(r.text(n, "kind"))
			r.known(n, "kind", string(k.Kind), kinds())
			_, twice := d.Kind(k.Kind)
			r.once(n, twice, "kind", string(k.Kind))
		},
		"abilities": func(n node) { r.each(n, "abilities", func(n node) { abilities = append(abilities, n) }) },
		"granularity": func(n node) {
			text := r.text(n, "granularity")
			var err error
			if k.Granularity, err = time.ParseDuration(text); text != "" && (err != nil || k.Granularity <= 0) {
				r.wrong(n, "write it as 1s or 1ms, or leave it out where times are exact", "granularity must be a duration, which %q is not", text)
			}
		},
		"dialect": func(n node) { k.Dialect = r.text(n, "dialect") },
		"limit":   func(n node) { k.Limit = r.text(n, "limit") },
		"needs":   func(n node) { k.Needs = r.condition(n) },
	}, "kind")
	for _, n := range abilities { // the kind may stand after them
		a := r.ability(n, k.Kind)
		_, twice := k.Ability(a.Name)
		r.once(n, twice, "ability", a.Name)
		k.Abilities = append(k.Abilities, a)
	}
	return k
}

func (r *reader) ability(n node, kind bindings.Kind) (a Ability) {
	name := func(n node) {
		a.Name = r.text(n, "the name of an ability")
		if names, ok := Abilities(kind); ok {
			r.known(n, "ability of "+string(kind), a.Name, names)
		}
	}
	if _, plain := n.value.(string); plain {
		name(n)
		return a
	}
	r.object(n, "an ability", members{"name": name, "needs": func(n node) { a.Needs = r.condition(n) }}, "name")
	return a
}

func (r *reader) condition(n node) (c Condition) {
	r.object(n, "a condition", members{
		"text":    func(n node) { c.Text = r.text(n, "text") },
		"schemes": func(n node) { c.Schemes = r.schemes(n) },
	}, "text")
	return c
}

// schemes reads a list of schemes, each of which must be the provider's.
func (r *reader) schemes(n node) (names []string) {
	var schemes []node
	r.each(n, "schemes", func(n node) { schemes = append(schemes, n) })
	for _, n := range schemes {
		s, _ := n.value.(string)
		names = append(names, s)
	}
	r.conditions = append(r.conditions, schemes)
	return names
}

// presences are the words for whether a part of a URL must be there.
var presences = []string{bindings.Absent: "absent", bindings.Optional: "optional", bindings.Required: "required"}

// optionTypes are the types of options, sorted.
var optionTypes = []string{"bool", "duration", "float", "hosts", "int", "size"}

func (r *reader) urlForm(n node) (f bindings.URLForm) {
	presence := func(what string, p *bindings.Presence) func(node) {
		return func(n node) {
			word := r.text(n, what)
			r.known(n, what, word, presences)
			*p = bindings.Presence(max(0, slices.Index(presences, word)))
		}
	}
	truth := func(what string, b *bool) func(node) {
		return func(n node) {
			var ok bool
			if *b, ok = n.value.(bool); !ok {
				r.wrong(n, "write it without quotes", "%s must be true or false", what)
			}
		}
	}
	r.object(n, "a form of URLs", members{
		"example": func(n node) { f.Example = r.text(n, "example") },
		"schemes": func(n node) { f.Schemes = r.schemes(n) },
		"host":    presence("host", &f.Host),
		"path":    presence("path", &f.Path),
		"hosts":   truth("hosts", &f.Hosts),
		"number":  truth("number", &f.Number),
		"user":    truth("user", &f.User),
	}, "example")
	return f
}

func (r *reader) option(n node, d *Declaration) (o bindings.Option) {
	r.object(n, "an option", members{
		"name": func(n node) {
			o.Name = r.text(n, "name")
			same := func(other bindings.Option) bool { return other.Name == o.Name }
			if slices.ContainsFunc(bindings.CommonOptions(), same) {
				r.wrong(n, "remove it, or give it another name", "option %q must not be declared: every binding has it", o.Name)
			}
			r.once(n, slices.ContainsFunc(d.Options, same), "option", o.Name)
		},
		"text": func(n node) { o.Text = r.text(n, "text") },
		"type": func(n node) {
			o.Type = bindings.OptionType(r.text(n, "type"))
			r.known(n, "type of an option", string(o.Type), optionTypes)
		},
		"with": func(n node) { o.With = r.text(n, "with") },
		"aliases": func(n node) {
			r.each(n, "aliases", func(n node) { o.Aliases = append(o.Aliases, r.text(n, "an alias")) })
		},
		"schemes": func(n node) { o.Schemes = r.schemes(n) },
	}, "name", "text")
	return o
}

// known checks that a word is one of those that there are.
func (r *reader) known(n node, what, word string, words []string) {
	if word == "" || slices.Contains(words, word) {
		return
	}
	remedy := "there are: " + strings.Join(words, ", ")
	if len(words) == 0 {
		remedy = "remove it: there are none"
	} else if near := suggest.DidYouMean(word, words); near != "" {
		remedy = near
	}
	r.wrong(n, remedy, "%q must be a known %s", word, what)
}

// once checks that something is declared once.
func (r *reader) once(n node, twice bool, what, word string) {
	if twice && word != "" {
		r.wrong(n, "remove one of them", "%s %q must be declared once", what, word)
	}
}
