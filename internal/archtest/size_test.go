package archtest

import (
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"os"
	"path/filepath"
	"testing"
)

// What a package of the tool and a type of it may have at most. Beyond that they are two.
const (
	mostLines   = 1700 // of code, without comments and blank lines
	mostMethods = 25
)

// tool are the packages of the tool. The verbs of cmd/instrument stand side by side, each in a file
// that is read alone.
var tool = []string{"analysis", "rewrite", "internal", "cmd/instrument"}

// The packages of the tool stay small enough to be read in one sitting, and their types too.
func TestSizes(t *testing.T) {
	for _, p := range packages(t) {
		if !anyBelow(p.rel(), tool) {
			continue
		}
		lines, methods := 0, map[string]int{}
		for _, name := range p.GoFiles {
			path := filepath.Join(p.Dir, name)
			lines += codeLines(t, path)
			countMethods(t, path, methods)
		}
		if lines > mostLines && p.rel() != "cmd/instrument" {
			t.Errorf("package %s must have at most %d lines of code, and has %d", p.rel(), mostLines, lines)
		}
		for name, n := range methods {
			if n > mostMethods {
				t.Errorf("type %s of %s must have at most %d methods, and has %d", name, p.rel(), mostMethods, n)
			}
		}
	}
}

// codeLines returns how many lines of a file hold a token that is no comment.
func codeLines(t *testing.T, path string) int {
	t.Helper()
	src, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	file := token.NewFileSet().AddFile(path, -1, len(src))
	var s scanner.Scanner
	s.Init(file, src, nil, 0)
	seen := map[int]bool{}
	for {
		pos, tok, text := s.Scan()
		if tok == token.EOF {
			return len(seen)
		}
		if tok == token.SEMICOLON && text == "\n" {
			continue
		}
		first := file.Line(pos)
		for line := range file.Line(pos+token.Pos(max(len(text), 1)-1)) - first + 1 {
			seen[first+line] = true
		}
	}
}

// countMethods adds the number of methods that a file declares for each type.
func countMethods(t *testing.T, path string, methods map[string]int) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	for _, decl := range file.Decls {
		fn, ok := decl.(*ast.FuncDecl)
		if !ok || fn.Recv == nil {
			continue
		}
		ast.Inspect(fn.Recv.List[0].Type, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok {
				methods[id.Name]++
				return false
			}
			return true
		})
	}
}
