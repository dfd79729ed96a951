package scaffold

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/instrumentgo/instrument/analysis"
)

// Module is what init knows of a module besides the survey.
type Module struct {
	Path, Dir string // Dir is absolute
	Among     bool   // it is one of several main modules of a workspace
	Read      func(path string) ([]byte, error)
}

// Proposal is what init would do.
type Proposal struct {
	Found []string // lines for the user
	Files []File   // to be written, sorted by path
	Needs []string // import paths of packages that the module does not require yet
	First string   // folder of the program to run first, absolute; "" for a library
}

// File is one file with what it shall hold.
type File struct {
	Path          string // absolute
	Before, After []byte // Before is nil for a new file
}

// Propose decides what a module gets. Without files there is nothing new.
func Propose(m Module, s *analysis.Survey) (*Proposal, error) {
	w := &writer{module: m, survey: s, proposal: &Proposal{}}
	w.findRecord()
	w.packs()
	w.grpc()
	w.functions()
	if err := w.mains(); err != nil {
		return nil, err
	}
	if err := w.rules(); err != nil {
		return nil, err
	}
	w.first()
	slices.SortFunc(w.proposal.Files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	return w.proposal, nil
}

// writer makes a proposal.
type writer struct {
	module   Module
	survey   *analysis.Survey
	proposal *Proposal
	record   *analysis.SurveyedRules // the rule file that init has written before, or nil
	wrote    []string                // what its comment names
	items    []item
}

// item is something that init writes once.
type item struct {
	name    string   // in the comment
	imports []string // import declarations, without "import"
	lines   []string // of the call of aspects.Module
}

// add adds an item that is not written yet, and reports whether it did.
func (w *writer) add(it item) bool {
	if slices.Contains(w.wrote, it.name) {
		return false
	}
	w.items = append(w.items, it)
	return true
}

func (w *writer) say(topic, format string, args ...any) {
	w.proposal.Found = append(w.proposal.Found, fmt.Sprintf("%-9s", topic)+fmt.Sprintf(format, args...))
}

// findRecord finds the rule file that init has written.
func (w *writer) findRecord() {
	for i, f := range w.survey.Rules {
		if names := recorded(f.Data); names != nil {
			w.wrote = append(w.wrote, names...)
			if w.record == nil {
				w.record = &w.survey.Rules[i]
			}
		}
	}
}

// packs includes the packs that fit.
func (w *writer) packs() {
	var imports, names []string
	for _, pkg := range w.survey.Packages {
		imports = append(imports, pkg.Imports...)
	}
	for _, pack := range Packs {
		if !pack.fits(imports) && (pack.For != "database/sql" || len(w.survey.Opens) == 0) || slices.ContainsFunc(w.survey.Rules, includes(pack.Path)) {
			continue
		}
		added := w.add(item{
			name:    pack.Name(),
			imports: []string{fmt.Sprintf("%q", pack.Path)},
			lines:   []string{fmt.Sprintf("aspects.Include(%s.Rules), // %s", pack.Name(), pack.Covers)},
		})
		if !added {
			continue
		}
		names = append(names, pack.Name()+" for "+pack.For)
		w.need(pack.Path)
	}
	if len(names) > 0 {
		w.say("packs", "%s", strings.Join(names, ", "))
	}
}

// need notes a package that has to be required. What the tool itself imports comes with it.
func (w *writer) need(path string) {
	own := slices.ContainsFunc(Packs, func(p Pack) bool { return p.Path == path && p.Module == "" })
	if !own && w.survey.Missing(path) && !slices.Contains(w.proposal.Needs, path) {
		w.proposal.Needs = append(w.proposal.Needs, path)
	}
}

// first chooses the program to try: the one in which most packages are woven.
func (w *writer) first() {
	most := -1
	for _, m := range w.survey.Mains {
		if n := w.edges(m); n > most {
			most, w.proposal.First = n, m.Dir
		}
	}
}

// edges returns in how many packages of a program something may be woven.
func (w *writer) edges(m analysis.SurveyedMain) (n int) {
	for _, pkg := range w.survey.Packages {
		if slices.Contains(m.Links, pkg.Path) && (slices.ContainsFunc(Packs, func(p Pack) bool { return p.fits(pkg.Imports) }) ||
			slices.ContainsFunc(w.survey.Funcs, func(f analysis.SurveyedFunc) bool { return f.Package == pkg.Path && f.Does != analysis.Lasts })) {
			n++
		}
	}
	return n
}

// home returns the folder for a new rule file, and the name of its package: the root of the module,
// a program, or a package that no other imports, because what a rule file imports must not import
// its package.
func (w *writer) home() (dir, name string) {
	root := slices.IndexFunc(w.survey.Packages, func(p analysis.SurveyedPackage) bool { return p.Dir == w.module.Dir })
	if root < 0 {
		return w.module.Dir, packageName(w.module.Path)
	}
	best := root
	if w.survey.Packages[root].Imported {
		best = slices.IndexFunc(w.survey.Packages, func(p analysis.SurveyedPackage) bool { return p.Name == "main" && !p.Imported })
	}
	if best < 0 {
		best = slices.IndexFunc(w.survey.Packages, func(p analysis.SurveyedPackage) bool { return !p.Imported })
	}
	return w.survey.Packages[best].Dir, w.survey.Packages[best].Name
}

// packageName makes the name of a package from the path of a module, for a folder that has no other
// Go file.
func packageName(module string) string {
	elements := strings.Split(module, "/")
	last := elements[len(elements)-1]
	if len(elements) > 1 && len(last) > 1 && last[0] == 'v' && strings.Trim(last[1:], "0123456789") == "" {
		last = elements[len(elements)-2]
	}
	name := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return -1
	}, last)
	if name == "" || name[0] <= '9' {
		return "rules"
	}
	return name
}

// rel names a package of the module, or its folder, for people.
func (w *writer) rel(importPath string) string {
	if importPath == w.module.Path {
		return "."
	}
	return strings.TrimPrefix(importPath, w.module.Path+"/")
}

// function names a function in comments and rules: "stock.Fetch".
func (w *writer) function(f analysis.SurveyedFunc) string {
	pkg := w.rel(f.Package)
	if pkg == "." {
		pkg = path.Base(f.Package)
	}
	return pkg + "." + f.Name
}

// inModule narrows a selector to the module, where there are others.
func (w *writer) inModule() string {
	if !w.module.Among {
		return ""
	}
	return fmt.Sprintf(".In(%q)", w.module.Path+"/...")
}

// rule names a rule, which in a workspace must differ from those of other modules.
func (w *writer) rule(name string) string {
	if w.module.Among {
		name += " of " + w.module.Path
	}
	return fmt.Sprintf("%q", name)
}
