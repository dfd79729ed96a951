package main

import (
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/instrumentgo/instrument/analysis/finding"
	"github.com/instrumentgo/instrument/internal/envcheck"
)

// checkVerb is "instrument check": it checks what the program asks of its platform against
// environment files.
func checkVerb(c *command) (int, error) {
	var names string
	asJSON := false
	p, patterns, err := planArgs(c, func(f *flag.FlagSet) {
		f.StringVar(&names, "env", "", "")
		f.BoolVar(&asJSON, "json", false, "")
	})
	if err != nil {
		return failed, err
	}
	environments, err := p.environments(c, names)
	if err != nil {
		return failed, err
	}
	if len(environments) == 0 {
		return failed, usageError{fmt.Errorf("flag -env must name environments, such as -env dev,prod")}
	}
	selected, err := p.selection(c, patterns)
	if err != nil && p.report(c.stderr) { // the go command cannot list packages with findings
		return findings, nil
	} else if err != nil {
		return failed, err
	}
	providers, wrong, err := envcheck.Providers(p.Providers())
	if err != nil {
		return failed, err
	}
	found := envcheck.Check(envcheck.Input{
		Dir: p.dir, Plan: p.Plan, Found: slices.Concat(p.Findings, wrong), Uses: p.Uses(), Mains: p.Mains,
		Environments: environments, Selected: selected, Whole: len(patterns) == 0, Providers: providers,
	})
	code := fine
	if slices.ContainsFunc(found, func(f envcheck.Finding) bool { return !f.Note }) {
		code = findings
	}
	if asJSON {
		return code, printFindings(c.stdout, p.dir, found)
	}
	for _, f := range found {
		text := f.Format(p.dir)
		if f.Note {
			text = noted(f.Diagnostic, p.dir)
		}
		fmt.Fprintln(c.stderr, text)
	}
	return code, nil
}

// noted formats a note as one line: file:line:col: note: message.
func noted(d finding.Diagnostic, dir string) string {
	d.Message = "note: " + d.Message
	return d.Format(dir)
}

// environments reads the environments of a list of names and paths.
func (p *planned) environments(c *command, names string) (list []envcheck.Environment, err error) {
	for name := range strings.SplitSeq(names, ",") {
		if name = strings.TrimSpace(name); name == "" {
			continue
		}
		e, err := envcheck.Read(name, p.dir, p.moduleRoot())
		if err != nil {
			return nil, usageError{err}
		}
		list = append(list, e)
	}
	return list, nil
}

// moduleRoot returns the folder of the main module that the verb runs in. If the verb runs in a
// workspace above its modules, it is that of the first one.
func (p *planned) moduleRoot() string {
	first := ""
	for _, m := range p.env.Modules {
		if m.Main {
			first = cmp.Or(first, m.Dir)
		}
	}
	return cmp.Or(p.moduleOf(p.dir), first)
}

// moduleOf returns the root of the innermost main module that a folder is in, "" if it is in none.
func (p *planned) moduleOf(dir string) (root string) {
	for _, m := range p.env.Modules {
		inside := dir == m.Dir || strings.HasPrefix(dir, m.Dir+string(filepath.Separator))
		if m.Main && inside && len(m.Dir) > len(root) {
			root = m.Dir
		}
	}
	return root
}

// selection returns which packages the patterns name. Without patterns, these are all packages of
// the module whose environments are checked.
func (p *planned) selection(c *command, patterns []string) (func(string) bool, error) {
	if len(patterns) > 0 {
		paths, err := p.list(c, patterns)
		return func(path string) bool { return paths[path] }, err
	}
	paths, root := map[string]bool{}, p.moduleRoot()
	for _, r := range p.Reach {
		paths[r.Path] = p.moduleOf(r.Dir) == root
	}
	return func(path string) bool { return paths[path] }, nil
}

// jsonFinding is one finding of check.
type jsonFinding struct {
	File        string `json:"file"` // relative to the working folder
	Line        int    `json:"line"`
	Column      int    `json:"column"`
	Severity    string `json:"severity"` // finding or note
	Message     string `json:"message"`
	Remedy      string `json:"remedy,omitempty"`
	Environment string `json:"environment,omitempty"`
	Binding     string `json:"binding,omitempty"` // logical name
	Kind        string `json:"kind,omitempty"`
}

func printFindings(w io.Writer, dir string, found []envcheck.Finding) error {
	list := make([]jsonFinding, 0, len(found))
	for _, f := range found {
		severity := "finding"
		if f.Note {
			severity = "note"
		}
		list = append(list, jsonFinding{filepath.ToSlash(finding.Relative(dir, f.Pos.Filename)), f.Pos.Line, f.Pos.Column, severity,
			f.Message, f.Hint,
			f.Environment, f.Binding, f.Kind})
	}
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(list)
}
