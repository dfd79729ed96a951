package generated

import (
	"bytes"
	"fmt"
	"go/parser"
	"go/token"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/instrumentgo/instrument/analysis/plan"
	"github.com/instrumentgo/instrument/internal/kind"
	"github.com/instrumentgo/instrument/rewrite"
)

// imports holds the name under which the generated file imports each package it may need. An
// import's name must differ from every name that any file of the package declares.
type imports struct {
	self   string            // import path of the generated file's own package
	byPath map[string]string // names of packages
	taken  rewrite.Names
}

func newImports(pkg *plan.Package) *imports {
	im := &imports{self: pkg.Path, byPath: map[string]string{}, taken: rewrite.Names{}}
	for _, name := range pkg.Taken {
		im.taken[name] = true
	}
	for _, site := range pkg.AllSites() {
		im.taken[site.Var] = true
		for _, step := range site.Steps {
			called, _ := step.Called()
			for _, c := range called {
				if c.Ref != nil {
					im.taken[c.Name] = true
				}
			}
		}
	}
	for _, site := range pkg.Sites {
		im.taken[site.Setup] = true
	}
	for _, site := range pkg.Recorded() {
		im.taken[site.Record.Var], im.taken[site.Record.Func] = true, true
		for _, name := range site.Record.Errors {
			im.taken[name] = true
		}
		if u := site.Record.Undo; u != nil {
			im.taken[u.Name] = true
		}
	}
	for _, x := range pkg.Exchanges() {
		im.taken[x.Var] = true
	}
	for _, fn := range pkg.CallFuncs {
		im.taken[fn.Name] = true
		for _, p := range slices.Concat(fn.TypeParams, fn.Params) {
			im.taken[p.Name] = true // an import must not be hidden in the body
		}
	}
	for _, v := range pkg.Contexts {
		im.taken[v.Name] = true
	}
	for _, d := range pkg.Decorators {
		im.taken[d.Interface], im.taken[d.Func], im.taken[d.Type] = true, true, true
	}
	for _, name := range injectedNames(pkg) {
		im.taken[name] = true
	}
	for _, ref := range refs(pkg) {
		if ref.Path == pkg.Path {
			im.taken[ref.Name] = true
		}
	}
	for _, path := range []string{plan.HooksPath, plan.HTTPPath, plan.EntryPath, plan.CachePath, plan.LivePath, plan.DebugPath, plan.TelemetryPath,
		"context", "io", "log/slog", "net/http", "time"} {
		im.add(path, lastElement(path))
	}
	for _, ref := range refs(pkg) {
		im.add(ref.Path, ref.Pkg)
	}
	for _, site := range pkg.AllSites() {
		if site.Declared != nil {
			im.addAll(site.Declared.Imports)
		}
	}
	for _, fn := range pkg.CallFuncs {
		im.addAll(fn.Imports)
	}
	for _, site := range pkg.Recorded() {
		im.add(plan.WorkflowPath, "workflow")
		im.addAll(site.Record.Imports)
	}
	for _, d := range pkg.Decorators {
		im.addAll(d.Imports)
	}
	im.addBindings(pkg)
	return im
}

// addBindings adds what structs and services import.
func (im *imports) addBindings(pkg *plan.Package) {
	if len(pkg.Binds)+len(pkg.Services) == 0 {
		return
	}
	im.add(kind.Bindings, "bindings")
	im.add("errors", "errors")
	for _, k := range kind.All() {
		im.add(k.Path, lastElement(k.Path))
	}
	for _, b := range pkg.Binds {
		im.addAll(b.Imports)
		for _, f := range b.Fields {
			if f.Service != nil {
				im.add(f.Service.Path, f.Service.Pkg)
			}
		}
	}
	for _, s := range pkg.Services {
		im.addAll(s.Imports)
	}
}

func (im *imports) addAll(list []plan.Import) {
	for _, i := range list {
		im.add(i.Path, likelyName(i))
	}
}

// writeHeader writes the beginning of a file that has every import it might need.
func (im *imports) writeHeader(b *bytes.Buffer, pkg *plan.Package) {
	fmt.Fprintf(b, "package %s\n\nimport (\n", pkg.Name)
	for _, path := range slices.Sorted(maps.Keys(im.byPath)) {
		fmt.Fprintf(b, "\t%s %q\n", im.byPath[path], path)
	}
	b.WriteString(")\n\n")
}

// add gives a package a name: its own, or that with a number if it is taken.
func (im *imports) add(path, name string) {
	if _, done := im.byPath[path]; !done && path != im.self {
		im.byPath[path] = im.taken.Fresh(name)
	}
}

// aliases returns the names that differ from the last element of their import path, and so must be
// written.
func (im *imports) aliases() map[string]string {
	list := map[string]string{}
	for path, name := range im.byPath {
		if name != lastElement(path) {
			list[path] = name
		}
	}
	return list
}

func lastElement(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }

// likelyName returns the package's own name if the import's name is that with a number.
func likelyName(i plan.Import) string {
	last := lastElement(i.Path)
	if rest, ok := strings.CutPrefix(i.Name, last); ok {
		if _, err := strconv.Atoi(rest); err == nil {
			return last
		}
	}
	return i.Name
}

// refs returns every function and variable that the package's options and advice name.
func refs(pkg *plan.Package) []plan.Ref {
	var list []plan.Ref
	for _, v := range pkg.Contexts {
		list = append(list, v.Ref)
	}
	for _, x := range pkg.Exchanges() {
		list = append(list, x.Ref)
	}
	for _, site := range pkg.AllSites() {
		if site.Declared != nil {
			list = append(list, site.Declared.Ref)
		}
		for _, step := range site.Steps {
			called, _ := step.Called()
			for _, c := range called {
				if c.Ref != nil {
					list = append(list, *c.Ref)
				}
			}
		}
		for _, a := range site.Aspects {
			if a.Advice != nil {
				list = append(list, *a.Advice)
			}
			for _, o := range a.Options {
				if o.Ref != nil {
					list = append(list, *o.Ref)
				}
			}
		}
	}
	return list
}

// Imports returns the sorted import paths of a generated file.
func Imports(text []byte) ([]string, error) {
	file, err := parser.ParseFile(token.NewFileSet(), plan.GeneratedFile, text, parser.ImportsOnly)
	if err != nil {
		return nil, fmt.Errorf("parse generated file: %w", err)
	}
	var paths []string
	for _, spec := range file.Imports {
		path, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return nil, fmt.Errorf("parse generated file: import %s: %w", spec.Path.Value, err)
		}
		paths = append(paths, path)
	}
	slices.Sort(paths)
	return paths, nil
}
