package envcheck

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/instrumentgo/instrument/analysis/finding"
	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/environment"
	"github.com/instrumentgo/instrument/internal/yamlfile"
)

// Environment is an environment file.
type Environment struct {
	Path     string // absolute
	Problems bindings.Problems
	bindings.Environment
}

// Folder is where environment files are, below the root of a module.
const Folder = "bindings"

// Read reads an environment. A name with a slash or an extension is a path relative to dir; any
// other name stands for the file bindings/name.yaml or bindings/name.yml below root. Mistakes in
// the file are Problems of the environment; the error says that there is no such file.
func Read(name, dir, root string) (Environment, error) {
	path, err := find(name, dir, root)
	if err != nil {
		return Environment{}, err
	}
	data, err := yamlfile.Read(path)
	if err != nil {
		return Environment{}, fmt.Errorf("read environment %s: %w", finding.Relative(dir, path), err)
	}
	e := Environment{Path: path}
	e.Environment, err = environment.Parse(finding.Relative(dir, path), data)
	if err != nil && !errors.As(err, &e.Problems) {
		return Environment{}, err
	}
	return e, nil
}

func find(name, dir, root string) (string, error) {
	if strings.ContainsAny(name, `/\`) || filepath.Ext(name) != "" {
		if filepath.IsAbs(name) {
			return name, nil
		}
		return filepath.Join(dir, name), nil
	}
	for _, ext := range []string{".yaml", ".yml"} {
		path := filepath.Join(root, Folder, name+ext)
		if _, err := os.Stat(path); err == nil {
			return path, nil
		} else if !errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("read environment: %w", err)
		}
	}
	return "", fmt.Errorf("environment %s must have a file %s/%s.yaml in the module's folder%s", name, Folder, name, others(root))
}

// others lists the environments that exist.
func others(root string) string {
	var names []string
	entries, _ := os.ReadDir(filepath.Join(root, Folder))
	for _, e := range entries {
		if ext := filepath.Ext(e.Name()); ext == ".yaml" || ext == ".yml" {
			names = append(names, strings.TrimSuffix(e.Name(), ext))
		}
	}
	if len(names) == 0 {
		return ""
	}
	return " (there are: " + strings.Join(names, ", ") + ")"
}
