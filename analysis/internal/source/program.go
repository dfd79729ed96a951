package source

import (
	"context"
	"go/token"
	"slices"

	"github.com/instrumentgo/instrument/analysis/finding"
	"github.com/instrumentgo/instrument/analysis/plan"
	"github.com/instrumentgo/instrument/internal/underway"
)

// Config says what to load.
type Config struct {
	Dir        string        // working folder of the go command
	Env        []string      // its environment; GOFLAGS must hold no -toolexec
	BuildFlags []string      // flags that change which files and modules are used: -tags, -mod, -modfile, -race, …
	Modules    []plan.Module // modules in folders, main modules first
	ModFile    string        // absolute path of go.mod, or go.work, to name where a requirement is missing
	Sources    *Files        // of all Modules' folders
	ReadFile   func(string) ([]byte, error)
	Also       []string // import paths to list besides the main modules' packages and what rule files import
	Bindings   []string // import paths of bindings to list as well, and to type-check

	// ExportKey identifies everything that the export data of dependencies depends on. Exports is a
	// cache of the export files by import path: for a key that it knows it returns what make
	// returned before.
	ExportKey string
	Exports   func(key string, make func() (map[string]string, error)) (map[string]string, error)
}

// Program is the user's modules as they were read: their files, the graph of their imports, and
// their packages, which are type-checked on demand.
type Program struct {
	Fset     *token.FileSet
	Files    *Files
	Graph    *Graph
	Types    *Types
	Findings *finding.List
}

// Load lists the main modules' packages and their dependencies with one go command, and parses the
// rule files. Mistakes in the sources become findings of the program; the error is the go command's
// or the file system's.
func Load(ctx context.Context, cfg Config) (*Program, []*RuleFile, error) {
	fset := token.NewFileSet()
	p := &Program{Fset: fset, Files: cfg.Sources, Graph: newGraph(ctx, &cfg), Findings: &finding.List{Fset: fset}}
	ruleFiles := p.parseRules()
	p.unmarked()
	if err := p.Graph.list(p.Files, ruleFiles); err != nil {
		return nil, nil, err
	}
	packs, err := p.packs(ruleFiles)
	if err != nil {
		return nil, nil, err
	}
	all := append(slices.Clone(ruleFiles), packs...)
	p.Types = newTypes(p, all)
	if err := p.Types.Export(p.Graph.exported(p.Files, all)); err != nil {
		return nil, nil, err
	}
	return p, ruleFiles, nil
}

// Doing is work on something that a package declares, a function unless off says how else to go on
// without it.
func (p *Program) Doing(verb string, pkg *Package, name string, pos token.Pos, off string) underway.Work {
	return underway.Work{Verb: verb, Of: pkg.Listed.PkgPath + "." + name, At: p.Position(pos).String(), Off: off}
}

// Position returns a token's place in the file as written, line directives aside.
func (p *Program) Position(pos token.Pos) token.Position { return p.Fset.PositionFor(pos, false) }
