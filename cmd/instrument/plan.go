package main

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/instrumentgo/instrument/analysis/plan"
	"github.com/instrumentgo/instrument/internal/option"
)

// planVerb is "instrument plan": it prints every site and every skip.
func planVerb(c *command) (int, error) {
	asJSON, summary := false, false
	p, patterns, err := planArgs(c, func(f *flag.FlagSet) {
		f.BoolVar(&asJSON, "json", false, "")
		f.BoolVar(&summary, "summary", false, "")
	})
	if err != nil {
		return failed, err
	}
	if asJSON && summary {
		return failed, usageError{errors.New("-json and -summary must not be given together")}
	}
	code := fine
	if p.report(c.stderr) {
		code = findings
	}
	p.suggestInit(c.stderr)
	packages, err := p.matching(c, patterns)
	if err != nil && code == findings { // the go command cannot list packages with findings
		return code, nil
	} else if err != nil {
		return failed, err
	}
	shown := &plan.Plan{Version: p.Plan.Version, Packages: packages, Unloaded: p.Plan.Unloaded, Packs: p.Plan.Packs}
	if asJSON {
		data, err := shown.JSON()
		if err != nil {
			return failed, err
		}
		_, err = c.stdout.Write(data)
		return code, err
	}
	if summary {
		printSummary(c.stdout, shown)
		for _, text := range p.warnings() {
			fmt.Fprintln(c.stdout, text)
		}
		return code, nil
	}
	printPlan(c.stdout, shown, p.warnings())
	return code, nil
}

func printPlan(w io.Writer, plan *plan.Plan, warnings []string) {
	for _, p := range plan.Packs {
		fmt.Fprintf(w, "pack %s %s\n", p.Path, p.Version)
		if p.Yields != "" {
			fmt.Fprintf(w, "  leaves alone what is recorded otherwise: %s\n", p.Yields)
		}
	}
	for i, pkg := range plan.Packages {
		if i > 0 || len(plan.Packs) > 0 {
			fmt.Fprintln(w)
		}
		fmt.Fprintln(w, pkg.Path)
		printCalls(w, pkg)
		for _, d := range pkg.Decorators {
			fmt.Fprintf(w, "  %s:%d  interface %s, decorated by %s\n", d.Pos.File, d.Pos.Line, d.Interface, d.Func)
			for _, m := range d.Methods {
				if m.Site != nil {
					printSite(w, m.Site)
				}
			}
		}
		printBindings(w, pkg)
		if pkg.Live && !pkg.HasSites() {
			fmt.Fprintln(w, "  reads the policy file, for the woven packages that it links")
		}
		for _, s := range pkg.Skips {
			fmt.Fprintf(w, "  %s:%d  %s  skipped, %s: %s\n", s.Pos.File, s.Pos.Line, s.Func, skippedBy(s), s.Reason)
		}
	}
	for _, text := range warnings {
		fmt.Fprintln(w, text)
	}
}

// printBindings prints what the package gets from its platform and what it offers to other
// packages.
func printBindings(w io.Writer, pkg *plan.Package) {
	for _, b := range pkg.Binds {
		var fields []string
		for _, f := range b.Fields {
			fields = append(fields, f.Name+" "+f.Kind)
		}
		fmt.Fprintf(w, "  %s:%d  bind %s: %s\n", b.Pos.File, b.Pos.Line, b.Type, cmp.Or(strings.Join(fields, ", "), "no field"))
		for _, h := range b.Handles {
			var options []string
			for _, o := range h.Options {
				options = append(options, " "+o.Name+"="+o.Value)
			}
			fmt.Fprintf(w, "  %s:%d  handle %s.%s: %s as %s%s\n", h.Pos.File, h.Pos.Line, b.Type, h.Method, h.Topic, h.Group,
				strings.Join(options, ""))
		}
	}
	for _, b := range pkg.Binds {
		for _, r := range b.Runs {
			fmt.Fprintf(w, "  %s:%d  run %s.%s: %s\n", r.Pos.File, r.Pos.Line, b.Type, r.Method, r.Workflow)
		}
	}
	for _, s := range pkg.Services {
		methods := "methods"
		if len(s.Methods) == 1 {
			methods = "method"
		}
		fmt.Fprintf(w, "  %s:%d  service %s: %d %s\n", s.Pos.File, s.Pos.Line, s.Interface, len(s.Methods), methods)
	}
}

func skippedBy(s plan.Skip) string {
	switch s.Rule {
	case "off", "exclude":
		return s.Rule
	case "directive":
		return strings.TrimSpace(s.Aspect + " of a directive")
	}
	return strings.TrimSpace(s.Aspect+" of rule ") + fmt.Sprintf(" %q", s.Rule)
}

func printSite(w io.Writer, s *plan.Site) {
	fmt.Fprintf(w, "  %s:%d  %s  (%s)\n", s.Pos.File, s.Pos.Line, s.Func, s.Shape)
	printAspects(w, s)
}

// printAspects prints the aspects of a site, and its notes.
func printAspects(w io.Writer, s *plan.Site) {
	if s.Setup != "" && !s.Quiet {
		fmt.Fprintf(w, "      %-9s %s  (directive)\n", "otel", "OTEL_*")
	}
	if r := s.Record; r != nil {
		undo := "-"
		if r.Undo != nil {
			undo = "compensate=" + r.Undo.Name
		}
		fmt.Fprintf(w, "      %-9s %s  (directive)\n", "step", undo)
	}
	for _, a := range s.Aspects {
		var options []string
		for _, o := range a.Options {
			options = append(options, o.Name+"="+o.Value)
		}
		if a.Advice != nil {
			options = append(options, a.Advice.Path+"."+a.Advice.Name)
		}
		if a.Name == option.Trace {
			for _, at := range s.Attrs {
				options = append(options, "attr="+at.Key)
			}
		}
		from := a.From
		if from != "directive" {
			from = fmt.Sprintf("rule %q", from)
		}
		fmt.Fprintf(w, "      %-9s %s  (%s)\n", a.Name, cmp.Or(strings.Join(options, " "), "-"), from)
	}
	if s.Ctx < 0 && slices.ContainsFunc(s.Aspects, func(a plan.Aspect) bool { return a.Name == option.Trace }) {
		fmt.Fprintln(w, "      note: a root span, because no parameter has a context")
	}
	for _, n := range s.Notes {
		fmt.Fprintf(w, "      note: %s\n", n)
	}
}
