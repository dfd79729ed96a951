package analysis

import (
	"context"
	"go/token"
)

// Module is one main module, or one that a replace directive or a workspace takes from a folder.
type Module struct {
	Path string // module path
	Dir  string // absolute
	Main bool   // a main module: the one of go.mod, or one that go.work uses
}

// Config says what to load.
type Config struct {
	Dir        string   // working folder of the go command
	Env        []string // its environment; GOFLAGS must hold no -toolexec
	BuildFlags []string // flags that change which files and modules are used: -tags, -mod, -modfile, -race, …
	Modules    []Module // modules in folders, main modules first
	ModFile    string   // absolute path of go.mod, or go.work, to name where a requirement is missing
	Sources    *Sources // of all Modules' folders
	ReadFile   func(string) ([]byte, error)
	Also       []string // import paths to list besides the main modules' packages and what rule files import
	Bindings   []string // import paths of bindings to list as well, and to type-check

	// ExportKey identifies everything that the export data of dependencies depends on. Exports is a cache of the
	// export files by import path: it returns what make returned for the same key.
	ExportKey string
	Exports   func(key string, make func() (map[string]string, error)) (map[string]string, error)
}

// Program is the user's modules as they were read: their files, the graph of their imports, and their packages, which are
// type-checked as far as they are asked for.
type Program struct {
	fset  *token.FileSet
	files *Sources
	graph *Graph
	types *Types
	diags *Diagnostics
}

// Load lists the main modules' packages and their dependencies with one go command, and parses the rule files. Mistakes in
// the sources become findings of the program; the error is the go command's or the file system's.
func Load(ctx context.Context, cfg Config) (*Program, []*ruleFile, error) {
	fset := token.NewFileSet()
	p := &Program{fset: fset, files: cfg.Sources, graph: newGraph(ctx, &cfg), diags: &Diagnostics{fset: fset}}
	ruleFiles := p.parseRules()
	p.unmarked()
	if err := p.graph.list(p.files, ruleFiles); err != nil {
		return nil, nil, err
	}
	p.types = newTypes(p, ruleFiles)
	if err := p.types.export(p.graph.exported(p.files, ruleFiles)); err != nil {
		return nil, nil, err
	}
	return p, ruleFiles, nil
}

// position returns a token's place in the file as written, line directives aside.
func (p *Program) position(pos token.Pos) token.Position { return p.fset.PositionFor(pos, false) }
