package gobuild

import (
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/mod/modfile"

	"github.com/instrumentgo/instrument/analysis/plan"
)

// Requirements are what the go.mod of the working folder's module says of tools.
type Requirements struct {
	Module plan.Module
	Files  []string // those that go get changes, absolute: go.mod, go.sum, and those of the workspace and of vendor folders
	Vendor []string // arguments of the go command that brings the vendor folder up to date; nil if there is none
	tools  []string
}

// HasTool reports whether go.mod names the tool.
func (r *Requirements) HasTool(path string) bool { return slices.Contains(r.tools, path) }

// Requirements reads the go.mod of the working folder's module. It returns nil if the folder is in
// no module, although there may be a workspace.
func (e *Environment) Requirements() (*Requirements, error) {
	file := e.Vars["GOMOD"]
	if file == "" || file == os.DevNull {
		return nil, nil
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	mod, err := modfile.ParseLax(file, data, nil)
	if err != nil {
		return nil, err
	}
	dir := filepath.Dir(file)
	r := &Requirements{Module: plan.Module{Path: mod.Module.Mod.Path, Dir: dir, Main: true}}
	if strict, err := modfile.Parse(file, data, nil); err == nil {
		for _, t := range strict.Tool {
			r.tools = append(r.tools, t.Path)
		}
	}
	r.Files = []string{file, filepath.Join(dir, "go.sum")}
	root, command := dir, "mod"
	if work := e.Vars["GOWORK"]; work != "" && work != "off" {
		root, command = filepath.Dir(work), "work"
		r.Files = append(r.Files, work, filepath.Join(root, "go.work.sum"))
	}
	if _, err := os.Stat(filepath.Join(root, "vendor", "modules.txt")); err == nil {
		r.Vendor = []string{command, "vendor"}
	}
	return r, nil
}
