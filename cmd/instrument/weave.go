package main

import (
	"bytes"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/instrumentgo/instrument/analysis/plan"
	"github.com/instrumentgo/instrument/rewrite"
	"github.com/instrumentgo/instrument/rewrite/generated"
)

// wovenPackage is one package with its woven files.
type wovenPackage struct {
	pkg       *plan.Package
	generated []byte
	files     []wovenFile // those with sites, sorted by path
}

type wovenFile struct {
	path        string // of the source, absolute
	plain, text []byte
}

// weave weaves the files of a package in the given style. Each site must be found.
func (p *project) weave(pkg *plan.Package, style rewrite.Style) (*wovenPackage, error) {
	w := &wovenPackage{pkg: pkg}
	var err error
	if w.generated, err = generated.Text(pkg); err != nil {
		return nil, err
	}
	sites, calls, paths := map[string][]*plan.Site{}, map[string][]*plan.CallSite{}, map[string]bool{}
	in := func(pos plan.Position) string {
		path := filepath.Join(pkg.ModuleDir, filepath.FromSlash(pos.File))
		paths[path] = true
		return path
	}
	for _, s := range pkg.Sites {
		path := in(s.Pos)
		sites[path] = append(sites[path], s)
	}
	for _, c := range pkg.Calls {
		path := in(c.Pos)
		calls[path] = append(calls[path], c)
	}
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		src, err := p.read(path)
		if err != nil {
			return nil, err
		}
		text, found, err := rewrite.Weave(path, src, sites[path], calls[path], style)
		if err != nil {
			return nil, err
		}
		if all := len(sites[path]) + len(calls[path]); len(found) != all {
			return nil, fmt.Errorf("weave %s: %d of %d functions and calls found", p.relative(path), len(found), all)
		}
		w.files = append(w.files, wovenFile{path, src, text})
	}
	return w, nil
}

// generatedPath returns the path of the package's instrument_gen.go.
func generatedPath(pkg *plan.Package) string {
	return filepath.Join(pkg.Dir, plan.GeneratedFile)
}

// sameText compares files but not their line endings, which version control may have changed.
func sameText(a, b []byte) bool {
	return bytes.Equal(bytes.ReplaceAll(a, []byte("\r\n"), []byte("\n")), bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n")))
}

// isOurs reports whether the text is a file that generate wrote.
func isOurs(text []byte) bool {
	return strings.HasPrefix(string(text), generated.Header)
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
