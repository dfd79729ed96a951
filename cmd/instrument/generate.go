package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/instrumentgo/instrument/analysis/plan"
	"github.com/instrumentgo/instrument/internal/gobuild"
	"github.com/instrumentgo/instrument/rewrite/generated"
)

// generateVerb is "instrument generate": it writes the instrument_gen.go of every woven package,
// and removes those of packages that are no longer woven.
func generateVerb(c *command) (int, error) {
	check := false
	p, patterns, err := planArgs(c, func(f *flag.FlagSet) { f.BoolVar(&check, "check", false, "") })
	if err != nil {
		return failed, err
	}
	if p.report(c.stderr) {
		return findings, nil
	}
	p.suggestInit(c.stderr)
	for _, text := range p.leftAlone() {
		fmt.Fprintln(c.stderr, text)
	}
	stale, err := p.stale()
	if err != nil {
		return failed, err
	}
	if len(patterns) > 0 {
		if stale, err = p.staleIn(c, stale, patterns); err != nil {
			return failed, err
		}
	}
	code := fine
	for _, s := range stale {
		if check || s.foreign {
			fmt.Fprintln(c.stderr, s.text(p.project))
			code = findings
			continue
		}
		if err := s.mend(p.cache); err != nil {
			return failed, err
		}
	}
	return code, nil
}

// staleFile is an instrument_gen.go that does not have the content it must have.
type staleFile struct {
	path string
	pkg  string // import path
	want []byte // nil if there must be none
	what string

	foreign bool // somebody else's file, which is never overwritten
}

func foreignFile(path, pkg string) staleFile {
	return staleFile{path: path, pkg: pkg, what: "file must be one that generate wrote, and is not (rename it)", foreign: true}
}

func (s staleFile) text(p *project) string {
	if s.foreign {
		return fmt.Sprintf("%s:1:1: %s", p.relative(s.path), s.what)
	}
	return fmt.Sprintf("%s:1:1: %s (run: go generate ./..., or instrument generate)", p.relative(s.path), s.what)
}

func (s staleFile) mend(cache *gobuild.Cache) error {
	if s.want == nil {
		return os.Remove(s.path)
	}
	return cache.WriteFile(s.path, s.want)
}

// stale compares the plan with the generated files, and returns the files that disagree with it,
// sorted by import path.
func (p *planned) stale() ([]staleFile, error) {
	var list []staleFile
	for _, r := range p.Reach {
		s := staleFile{path: filepath.Join(r.Dir, plan.GeneratedFile), pkg: r.Path}
		have, err := os.ReadFile(s.path)
		missing := errors.Is(err, fs.ErrNotExist)
		if err != nil && !missing {
			return nil, err
		}
		pkg := p.Plan.Package(r.Path)
		switch {
		case pkg == nil || !pkg.Woven():
			if missing || !isOurs(have) || p.isBroken(r.Path) || r.Unsure {
				continue
			}
			s.what = "stale: file must not exist, because nothing in its package is woven any more"
		case pkg.ReadOnly:
			continue
		case !missing && !isOurs(have):
			s = foreignFile(s.path, s.pkg)
		default:
			if s.want, err = generated.Text(pkg); err != nil {
				return nil, err
			}
			if !missing && (sameText(have, s.want) || r.Unsure) {
				continue
			}
			s.what = "stale: file must say what the package's directives and rules say now"
			if missing {
				s.what = "stale: file must exist, because " + reason(pkg)
			}
		}
		list = append(list, s)
	}
	return list, nil
}

// reason says why a package has a generated file.
func reason(pkg *plan.Package) string {
	switch {
	case len(pkg.Sites) > 0:
		return pkg.Sites[0].Func + " of its package is woven"
	case len(pkg.Calls) > 0:
		return "a call of " + pkg.Calls[0].Callee + " in its package is woven"
	case len(pkg.Decorators) > 0:
		return pkg.Decorators[0].Interface + " of its package is woven"
	case len(pkg.Binds) > 0:
		return pkg.Binds[0].Type + " of its package is bound"
	case len(pkg.Services) > 0:
		return pkg.Services[0].Interface + " of its package is a service"
	case pkg.Page != nil:
		return "its package serves the state page"
	}
	return "its program links woven packages, and reads the policy file"
}

// staleIn keeps the files of the packages that the patterns name.
func (p *planned) staleIn(c *command, stale []staleFile, patterns []string) ([]staleFile, error) {
	paths, err := p.list(c, patterns)
	if err != nil {
		return nil, err
	}
	var list []staleFile
	for _, s := range stale {
		if paths[s.pkg] {
			list = append(list, s)
		}
	}
	return list, nil
}

// planArgs parses the arguments of a verb that plans, and plans.
func planArgs(c *command, define func(*flag.FlagSet)) (*planned, []string, error) {
	p, patterns, err := openProjectFor(c, define)
	if err != nil {
		return nil, nil, err
	}
	if err := p.inModule(); err != nil {
		return nil, nil, err
	}
	planned, err := p.plan(c)
	return planned, patterns, err
}

// openProjectFor parses the arguments of a verb, and opens the project. Flags that are not the
// verb's own are build flags, in the form of the go command.
func openProjectFor(c *command, define func(*flag.FlagSet)) (*project, []string, error) {
	set := flag.NewFlagSet("", flag.ContinueOnError)
	set.SetOutput(io.Discard)
	define(set)
	var own, rest []string
	for i := 0; i < len(c.args); i++ {
		arg := c.args[i]
		name, _, valued := strings.Cut(strings.TrimLeft(arg, "-"), "=")
		switch {
		case arg == "-h", arg == "-help", arg == "--help":
			return nil, nil, flag.ErrHelp
		case arg == "--":
			rest = append(rest, c.args[i:]...)
		case strings.HasPrefix(arg, "-") && set.Lookup(name) != nil:
			own = append(own, arg)
			if !valued && !isBool(set.Lookup(name)) && i+1 < len(c.args) { // its value is the next argument
				i++
				own = append(own, c.args[i])
			}
			continue
		}
		if arg == "--" {
			break
		}
		rest = append(rest, arg)
	}
	if err := set.Parse(own); err != nil {
		return nil, nil, usageError{err}
	}
	flags, err := gobuild.ParseFlags(append([]string{"list"}, rest...), c.dir)
	if err != nil {
		return nil, nil, usageError{err}
	}
	if unknown := flags.Unknown(); unknown != "" {
		return nil, nil, usageError{fmt.Errorf("flag must be one of this verb or a build flag of the go command, not %s", unknown)}
	}
	p, err := openProject(c, flags)
	return p, flags.Packages, err
}

// isBool reports whether a flag takes no argument of its own.
func isBool(f *flag.Flag) bool {
	b, ok := f.Value.(interface{ IsBoolFlag() bool })
	return ok && b.IsBoolFlag()
}
