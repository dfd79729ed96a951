package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/instrumentgo/instrument/internal/gobuild"
	"github.com/instrumentgo/instrument/internal/underway"
)

const panicking = `What panics is named.
-- a.go --
package a

import "context"

//instrument:trace
func Fine(ctx context.Context) error { return nil }

//instrument:trace
func Odd(ctx context.Context) error { return nil }

//instrument:decorate
//instrument:trace
type Store interface{ Get(ctx context.Context) error }
`

// A mistake of the tool's own is one line, which names what was under way and how to go on without
// it, whatever the cause and the verb.
func TestPanicsAreOneLine(t *testing.T) {
	dir := t.TempDir()
	newFindingCase("panics", txtar.Parse([]byte(panicking))).write(t, dir)
	t.Setenv("INSTRUMENT_CACHE", t.TempDir())
	at := filepath.Join(dir, "a.go")
	for _, c := range []struct {
		args  []string
		verb  string // of the work that panics
		of    string
		value any
		want  []string
	}{
		{[]string{"plan"}, "plan", "example.com/shop.Odd", "boom", []string{"instrument plan: " + at + ":9:1: plan example.com/shop.Odd: boom", underway.OffAbove}},
		{[]string{"plan"}, "plan", "example.com/shop.Odd", fmt.Errorf("two\n\tlines"), []string{": two lines", underway.OffAbove}},
		{[]string{"plan"}, "plan", "example.com/shop.Odd", index{}, []string{"index out of range", "at cmd/instrument/panic_test.go:", underway.OffAbove}},
		{[]string{"plan"}, "plan", "example.com/shop.Store", "boom", []string{at + ":13:6: plan example.com/shop.Store: boom", underway.OffRules}},
		{[]string{"plan"}, "plan", "package example.com/shop", "boom", []string{"plan package example.com/shop: boom", underway.OffRules}},
		{[]string{"go", "build", "."}, "weave", "example.com/shop.Odd", "boom", []string{"instrument go: " + at + ":9:1: weave example.com/shop.Odd", underway.OffAbove}},
		{[]string{"diff"}, "weave", "example.com/shop.Odd", "boom", []string{"instrument diff: " + at + ":9:1: weave example.com/shop.Odd", underway.OffAbove}},
		{[]string{"generate"}, "generate", "example.com/shop.Odd", "boom", []string{"instrument generate: generate example.com/shop.Odd", underway.OffAbove}},
		{[]string{"generate", "-check"}, "generate", "example.com/shop.Store", "boom", []string{"generate example.com/shop.Store", underway.OffRules}},
		{[]string{"check", "-env", "x.yaml"}, "run", "check", "boom", []string{"instrument check: run check: boom"}},
		{[]string{"graph"}, "plan", "example.com/shop.Odd", "boom", []string{"instrument graph: ", underway.OffAbove}},
		{[]string{"version"}, "run", "version", "boom", []string{"instrument version: run version: boom"}},
		{[]string{"toolexec", "compile", "-V=full"}, "plan", "example.com/shop.Odd", "boom", []string{"instrument toolexec: ", "plan example.com/shop.Odd", underway.OffAbove}},
		{[]string{"toolexec", "compile", "a.go"}, "compile", "example.com/shop", "boom", []string{"instrument toolexec: compile example.com/shop: boom", underway.OffRules}},
	} {
		t.Run(strings.Join(c.args, " ")+" "+c.of, func(t *testing.T) {
			if c.verb == "compile" {
				t.Setenv("TOOLEXEC_IMPORTPATH", c.of)
			}
			end := underway.Inject(func(w underway.Work) {
				if w.Verb != c.verb || w.Of != c.of {
					return
				}
				if _, ok := c.value.(index); ok {
					_ = make([]int, 1)[len(c.args)]
				}
				panic(c.value)
			})
			defer end()
			var stdout, stderr bytes.Buffer
			code := run(dir, c.args, strings.NewReader(""), &stdout, &stderr)
			text := stderr.String()
			if code != failed || strings.Count(text, "\n") != 1 || stdout.Len() > 0 {
				t.Errorf("status %d, output %q, errors:\n%s", code, stdout.String(), text)
			}
			for _, want := range c.want {
				if !strings.Contains(text, want) {
					t.Errorf("it must say %q:\n%s", want, text)
				}
			}
		})
	}
}

// index stands for a panic of the runtime's.
type index struct{}

// What the line says helps: a function with the directive off is not planned.
func TestPanicsEndWithOff(t *testing.T) {
	dir := t.TempDir()
	text := strings.Replace(panicking, "//instrument:trace\nfunc Odd", "//instrument:off it is odd\nfunc Odd", 1)
	newFindingCase("panics", txtar.Parse([]byte(text))).write(t, dir)
	t.Setenv("INSTRUMENT_CACHE", t.TempDir())
	t.Setenv(gobuild.StateVar, "")
	defer underway.Inject(func(w underway.Work) {
		if w.Of == "example.com/shop.Odd" {
			panic("boom")
		}
	})()
	for _, args := range [][]string{{"plan"}, {"diff"}, {"generate"}} {
		var stdout, stderr bytes.Buffer
		if code := run(dir, args, os.Stdin, &stdout, &stderr); code == failed || stderr.Len() > 0 {
			t.Errorf("%v: status %d, errors:\n%s", args, code, &stderr)
		}
	}
}
