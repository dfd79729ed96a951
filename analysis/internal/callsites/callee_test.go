package callsites

import (
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"path/filepath"
	"testing"

	"github.com/instrumentgo/instrument/analysis/internal/source"
)

// A function that counts the frames above it must not be called from another one. Others must not
// be taken for it, or common clients could not be woven.
func TestLooksAtCaller(t *testing.T) {
	sources := map[string]*calleeSource{}
	for _, c := range []struct {
		path, key string
		looks     bool
	}{
		{"log", "Printf", true},
		{"log", "(*Logger).Output", true},
		{"log", "(*Logger).Fatalf", true},
		{"log", "New", false},
		{"log", "SetFlags", false},
		{"log/slog", "Info", true},
		{"log/slog", "(*Logger).InfoContext", true},
		{"log/slog", "(*Logger).With", false},
		{"log/slog", "NewTextHandler", false},
		{"runtime", "Caller", true},
		{"runtime", "Callers", true},
		{"runtime", "GC", false},
		{"testing", "(*common).Helper", true},
		{"errors", "New", false},
		{"fmt", "Errorf", false},
		{"database/sql", "Open", false},
		{"database/sql", "(*DB).QueryContext", false},
		{"net/http", "(*Client).Do", false},
		{"net/http", "Get", false},
		{"net/http", "ListenAndServe", false},
		{"os", "ReadFile", false},
		{"os/exec", "(*Cmd).Run", false},
	} {
		if sources[c.path] == nil {
			sources[c.path] = read(t, c.path)
		}
		if why := sources[c.path].looksAtCaller(source.FuncID{Path: c.path, Key: c.key}); (why != "") != c.looks {
			t.Errorf("%s.%s looks at its caller: %v (%s)", c.path, c.key, why != "", why)
		}
	}
}

// A deferred function that recovers must be deferred itself.
func TestRecovers(t *testing.T) {
	s := newCalleeSource()
	s.add(parse(t, "package p\n"+
		"func itself() { if true { recover() } }\n"+
		"func inside() { func() { recover() }() }\n"+
		"func through() { itself() }\n"+
		"func assembly()\n"+
		"func (t *T) Close() error { return nil }\n"))
	for key, want := range map[string]bool{"itself": true, "inside": false, "through": false, "assembly": true, "(*T).Close": false, "unknown": true} {
		if got := s.recovers(key); got != want {
			t.Errorf("%s recovers: %v", key, got)
		}
	}
}

// read parses a package of the standard library.
func read(t *testing.T, path string) *calleeSource {
	t.Helper()
	pkg, err := build.Import(path, "", 0)
	if err != nil {
		t.Fatal(err)
	}
	s := newCalleeSource()
	for _, name := range pkg.GoFiles {
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(pkg.Dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		s.add(file)
	}
	return s
}

func parse(t *testing.T, src string) *ast.File {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "p.go", src, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// Internal folders may be imported from below their parent.
func TestImportable(t *testing.T) {
	for _, c := range []struct {
		path, from string
		want       bool
	}{
		{"m/a", "m/b", true},
		{"m/internal/a", "m/b", true},
		{"m/internal/a", "m", true},
		{"m/a/internal/b", "m/b", false},
		{"m/a/internal", "m/a/c/d", true},
		{"m/internal/a/internal/b", "m/internal/a", true},
		{"m/internal/a/internal/b", "m/c", false},
		{"internal/poll", "m", false},
		{"net/internal/x", "net/http", true},
		{"vendor/golang.org/x/net/idna", "m", false},
		{"m/internals/a", "n", true},
	} {
		if got := importable(c.path, c.from); got != c.want {
			t.Errorf("%s may import %s: %v", c.from, c.path, got)
		}
	}
}
