package frames

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
	sources := map[string]*Package{}
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
		if why := sources[c.path].LooksAtCaller(source.FuncID{Path: c.path, Key: c.key}); (why != "") != c.looks {
			t.Errorf("%s.%s looks at its caller: %v (%s)", c.path, c.key, why != "", why)
		}
	}
}

// Loggers count frames by custom, too. Numbers mean other things elsewhere.
func TestCountsByCustom(t *testing.T) {
	s := newPackage()
	s.add(parse(t, "package p\nimport \"go.uber.org/zap\"\n"+
		"func skips(l *zap.Logger) { l.WithOptions(zap.AddCallerSkip(1)).Info(\"x\") }\n"+
		"func depth() { log.InfoDepth(1, \"x\") }\n"+
		"func own() { log.InfoDepth(0, \"x\") }\n"+
		"func tree(t *T) { t.SetMaxDepth(3) }\n"+
		"func event(e *E) { e.Caller(1).Msg(\"x\") }\n"))
	for key, want := range map[string]bool{"skips": true, "depth": true, "own": false, "tree": false, "event": true} {
		if why := s.LooksAtCaller(source.FuncID{Path: "p", Key: key}); (why != "") != want {
			t.Errorf("%s looks at its caller: %v (%s)", key, why != "", why)
		}
	}
}

// A deferred function that recovers must be deferred itself.
func TestRecovers(t *testing.T) {
	s := newPackage()
	s.add(parse(t, "package p\n"+
		"func itself() { if true { recover() } }\n"+
		"func inside() { func() { recover() }() }\n"+
		"func through() { itself() }\n"+
		"func assembly()\n"+
		"func (t *T) Close() error { return nil }\n"))
	for key, want := range map[string]bool{"itself": true, "inside": false, "through": false, "assembly": true, "(*T).Close": false, "unknown": true} {
		if got := s.Recovers(key); got != want {
			t.Errorf("%s recovers: %v", key, got)
		}
	}
}

// read parses a package of the standard library.
func read(t *testing.T, path string) *Package {
	t.Helper()
	pkg, err := build.Import(path, "", 0)
	if err != nil {
		t.Fatal(err)
	}
	s := newPackage()
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
