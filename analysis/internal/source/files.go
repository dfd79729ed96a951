package source

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"go/build/constraint"
	"go/types"
	"hash"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/tools/go/packages"

	"github.com/instrumentgo/instrument/analysis/internal/directive"
	"github.com/instrumentgo/instrument/analysis/plan"
)

// Files are the Go files below some folders. They are read once, and searched before any of them is
// parsed.
type Files struct {
	Digest  string // of every file's name and content, and of the module files: equal digests mean equal plans
	Modules string // digest of the module files: the versions of dependencies
	Files   map[string]*File
	dirs    map[string][]*File
}

// File is one Go file, as it was read.
type File struct {
	Path      string
	Data      []byte
	Directive bool // may hold a directive
	Rule      bool // is a rule file
}

var moduleFiles = []string{"go.mod", "go.sum", "go.work", "go.work.sum", vendorList}

const vendorList = "vendor/modules.txt"

// Scan reads the Go files below the given folders, as the go command's "..." pattern walks them: no
// vendor, no testdata, no names that begin with "." or "_", no other module.
func Scan(dirs []string, read func(string) ([]byte, error)) (*Files, error) {
	s := &Files{Files: map[string]*File{}, dirs: map[string][]*File{}}
	modules, sum := sha256.New(), sha256.New()
	for _, dir := range dirs {
		digestModules(modules, dir)
		if err := s.walk(dir, sum, read); err != nil {
			return nil, fmt.Errorf("scan %s: %w", dir, err)
		}
	}
	s.Modules = hex.EncodeToString(modules.Sum(nil))
	fmt.Fprintln(sum, s.Modules)
	s.Digest = hex.EncodeToString(sum.Sum(nil))
	return s, nil
}

func digestModules(sum hash.Hash, dir string) {
	for _, name := range moduleFiles {
		path := filepath.Join(dir, name)
		data, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		digest(sum, name, data)
		if info, err := os.Stat(path); err == nil && name == vendorList {
			fmt.Fprintln(sum, info.ModTime().UnixNano()) // "go mod vendor" writes it each time, and the rest of vendor is not read here
		}
	}
}

func digest(sum hash.Hash, name string, data []byte) {
	fmt.Fprintf(sum, "%s %d\n", name, len(data))
	sum.Write(data)
}

func (s *Files) walk(root string, sum hash.Hash, read func(string) ([]byte, error)) error {
	return filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() {
			if path != root && (name == "vendor" || name == "testdata" || name[0] == '.' || name[0] == '_' || isModule(path)) {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") || name[0] == '.' || name[0] == '_' {
			return nil
		}
		if s.Files[path] != nil {
			return nil
		}
		data, err := read(path)
		if err != nil {
			if d.Type()&fs.ModeSymlink != 0 {
				return nil // a dangling link or a link to a folder, which the go command ignores too
			}
			return err
		}
		rel, _ := filepath.Rel(root, path)
		digest(sum, filepath.ToSlash(rel), data)
		s.add(path, data)
		return nil
	})
}

// Embedded reports whether go:embed may reach a folder: whether a Go file of the folder, or of one
// above it, seems to have such a directive.
func (s *Files) Embedded(dir string) bool {
	for {
		for _, f := range s.dirs[dir] {
			if bytes.Contains(f.Data, []byte("//go:embed")) {
				return true
			}
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return false
		}
		dir = parent
	}
}

func isModule(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "go.mod"))
	return err == nil
}

func (s *Files) add(path string, data []byte) *File {
	f := &File{Path: path, Data: data, Rule: isRule(data)}
	f.Directive = filepath.Base(path) != plan.GeneratedFile && directive.MayHold(data)
	s.Files[path] = f
	dir := filepath.Dir(path)
	s.dirs[dir] = append(s.dirs[dir], f)
	return f
}

// isRule reports whether the file's build constraint needs the tag: without the tag it is never
// satisfied, whatever other tags are set, and with the tag it can be.
func isRule(data []byte) bool {
	if !bytes.Contains(data, []byte(plan.RuleTag)) {
		return false
	}
	for line := range bytes.Lines(data) {
		text := strings.TrimSpace(string(line))
		if strings.HasPrefix(text, "package ") {
			return false
		}
		if !constraint.IsGoBuild(text) {
			continue
		}
		expr, err := constraint.Parse(text)
		return err == nil && needsTag(expr)
	}
	return false
}

// needsTag tries all combinations of the first ten other tags.
func needsTag(expr constraint.Expr) bool {
	var others []string
	expr.Eval(func(tag string) bool {
		if tag != plan.RuleTag && !slices.Contains(others, tag) {
			others = append(others, tag)
		}
		return false
	})
	with, without := false, false
	for set := range 1 << min(len(others), 10) {
		eval := func(rule bool) bool {
			return expr.Eval(func(tag string) bool {
				if tag == plan.RuleTag {
					return rule
				}
				return set&(1<<slices.Index(others, tag)) != 0
			})
		}
		with, without = with || eval(true), without || eval(false)
	}
	return with && !without
}

// rules returns the rule files, sorted by path.
func (s *Files) rules() []*File {
	var list []*File
	for _, f := range s.Files {
		if f.Rule {
			list = append(list, f)
		}
	}
	slices.SortFunc(list, func(a, b *File) int { return strings.Compare(a.Path, b.Path) })
	return list
}

// Named returns the paths of the files with the given base name, sorted.
func (s *Files) Named(base string) []string {
	var list []string
	for path := range s.Files {
		if filepath.Base(path) == base {
			list = append(list, path)
		}
	}
	slices.Sort(list)
	return list
}

// Mentions reports whether any file of the folder, including tests and files for other platforms,
// holds the identifier. The generated file does not count.
func (s *Files) Mentions(dir, identifier string) bool {
	for _, f := range s.dirs[dir] {
		if filepath.Base(f.Path) != plan.GeneratedFile && holdsWord(f.Data, []byte(identifier)) {
			return true
		}
	}
	return false
}

// Mention reports whether one of the package's Go files holds the identifier. The generated file
// does not count.
func (p *Program) Mention(pkg *packages.Package, identifier string) bool {
	return slices.ContainsFunc(pkg.GoFiles, func(path string) bool {
		if filepath.Base(path) == plan.GeneratedFile {
			return false
		}
		if f := p.Files.Files[path]; f != nil {
			return holdsWord(f.Data, []byte(identifier))
		}
		data, err := p.Graph.Cfg.ReadFile(path)
		return err == nil && holdsWord(data, []byte(identifier))
	})
}

// MayCall reports whether a package may call a function: it imports the function's package, for a
// method at least through others, and one of its files holds the name.
func (p *Program) MayCall(pkg *packages.Package, fn *types.Func) bool {
	path := fn.Pkg().Path()
	switch {
	case pkg.PkgPath == path:
	case fn.Signature().Recv() != nil:
		if p.Graph.PathBetween(pkg.PkgPath, path) == nil {
			return false
		}
	case pkg.Imports[path] == nil:
		return false
	}
	return p.Mention(pkg, fn.Name())
}

// HoldsName reports whether the text holds the identifier.
func HoldsName(text []byte, identifier string) bool { return holdsWord(text, []byte(identifier)) }

// holdsWord reports whether the text holds the identifier, and not only within a longer one.
// Letters are those of Go, of every script.
func holdsWord(text, identifier []byte) bool {
	for at := 0; ; {
		i := bytes.Index(text[at:], identifier)
		if i < 0 {
			return false
		}
		begin := at + i
		at = begin + len(identifier)
		before, _ := utf8.DecodeLastRune(text[:begin])
		after, _ := utf8.DecodeRune(text[at:])
		if !inIdentifier(before) && !inIdentifier(after) {
			return true
		}
	}
}

func inIdentifier(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }
