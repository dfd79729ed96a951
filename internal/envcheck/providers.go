package envcheck

import (
	"errors"
	"fmt"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/instrumentgo/instrument/analysis/finding"
	"github.com/instrumentgo/instrument/bindings/provider"
)

// Providers reads the declarations of other projects' providers: the provider.json of each folder
// that has one. The folders are those of packages, by import path. A declaration with a mistake is
// a finding and is left out; the error is the file system's.
func Providers(folders map[string]string) (list provider.List, found []finding.Diagnostic, err error) {
	for _, path := range slices.Sorted(maps.Keys(folders)) {
		file := filepath.Join(folders[path], provider.FileName)
		data, err := os.ReadFile(file)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		} else if err != nil {
			return nil, nil, fmt.Errorf("read provider: %w", err)
		}
		d, err := provider.Parse(data)
		if err == nil {
			err = rivals(d, append(provider.All(), list...))
		}
		var problems provider.Problems
		if !errors.As(err, &problems) {
			d.Package = path
			list = append(list, d)
		}
		for _, p := range problems {
			found = append(found, finding.Diagnostic{Message: p.Text, Hint: p.Remedy,
				Pos: token.Position{Filename: file, Line: p.Line, Column: p.Column}})
		}
	}
	return list, found, nil
}

// rivals reports each scheme that two providers take.
func rivals(d provider.Declaration, others provider.List) error {
	var problems provider.Problems
	for _, scheme := range d.Schemes {
		if other, taken := others.ByScheme(scheme); taken {
			problems = append(problems, provider.Problem{Line: 1, Column: 1,
				Text:   fmt.Sprintf("schemes of %s must not have %q, which provider %s takes", d.Name, scheme, other.Package),
				Remedy: "give it another one"})
		}
	}
	if problems == nil {
		return nil
	}
	return problems
}
