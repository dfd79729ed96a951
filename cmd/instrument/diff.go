package main

import (
	"flag"
	"os"
	"path/filepath"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/instrumentgo/instrument/rewrite"
)

// diffVerb is "instrument diff": it compares the source as written with the source as woven, laid
// out for people.
func diffVerb(c *command) (int, error) {
	p, patterns, err := planArgs(c, func(*flag.FlagSet) {})
	if err != nil {
		return failed, err
	}
	if p.report(c.stderr) {
		return failed, nil
	}
	p.suggestInit(c.stderr)
	packages, err := p.matching(c, patterns)
	if err != nil {
		return failed, err
	}
	code := fine
	for _, pkg := range packages {
		if !pkg.Woven() {
			continue
		}
		w, err := p.weave(pkg, rewrite.Reading)
		if err != nil {
			return failed, err
		}
		have, _ := os.ReadFile(generatedPath(pkg))
		files := append([]wovenFile{{generatedPath(pkg), have, w.generated}}, w.files...)
		for _, f := range files {
			if text := difference(p.relative(f.path), f.plain, f.text); len(text) > 0 {
				code = findings
				if _, err := c.stdout.Write(text); err != nil {
					return failed, err
				}
			}
		}
	}
	return code, nil
}

// difference returns a unified diff, "" for equal texts.
func difference(name string, before, after []byte) []byte {
	if sameText(before, after) {
		return nil
	}
	from := "a/" + filepath.ToSlash(name)
	if len(before) == 0 {
		from = "/dev/null"
	}
	return diff.Diff(from, before, "b/"+filepath.ToSlash(name), after)
}
