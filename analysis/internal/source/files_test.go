package source

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/instrumentgo/instrument/analysis/internal/directive"
)

// A file is a rule file only if no set of tags compiles it without the tag "instrument": otherwise
// it is in somebody's build.
func TestIsRule(t *testing.T) {
	for _, c := range []struct {
		text string
		want bool
	}{
		{"//go:build instrument\n\npackage a\n", true},
		{"// Rules of the shop.\n\n//go:build instrument\n\npackage a\n", true},
		{"//go:build instrument\r\n\r\npackage a\r\n", true},
		{"//go:build instrument && linux\n\npackage a\n", true},
		{"//go:build instrument && !windows\n\npackage a\n", true},
		{"//go:build instrument && prod && !debug\n\npackage a\n", true},
		{"//go:build instrument && (linux || darwin)\n\npackage a\n", true},
		{"//go:build !(!instrument)\n\npackage a\n", true},
		{"//go:build (instrument && prod) || (instrument && dev)\n\npackage a\n", true},
		{"//go:build !instrument\n\npackage a\n", false},
		{"//go:build !instrument && !windows\n\npackage a\n", false},
		{"//go:build instrument || linux\n\npackage a\n", false},
		{"//go:build instrument || !linux\n\npackage a\n", false},
		{"//go:build instrument && !instrument\n\npackage a\n", false},
		{"//go:build linux\n\npackage a // instrument\n", false},
		{"//go:build instrumented\n\npackage a\n", false},
		{"//go:build instrument &&\n\npackage a\n", false},
		{"package a\n\n//go:build instrument\n", false},
		{"package a\n", false},
		{"", false},
	} {
		if got := isRule([]byte(c.text)); got != c.want {
			t.Errorf("%q is a rule file: %v, and must be: %v", c.text, got, c.want)
		}
	}
}

// Files that hold nothing meant as a directive are not even parsed.
func TestMayHoldDirective(t *testing.T) {
	for _, c := range []struct {
		text string
		want bool
	}{
		{"package a\n\n//instrument:trace\nfunc F() {}\n", true},
		{"package a\r\n\r\n//instrument:trace\r\nfunc F() {}\r\n", true},
		{"func F() {} //instrument:trace", true},
		{"// instrument:trace", true},
		{"//instrument:Trace", true},
		{"//instrument: trace", true},
		{"//instrument:", true},
		{"/*instrument:trace*/", true},
		{"//instrumnet:trace", true},
		{"//Instrument:trace", true},
		{"\t//\tinstrument:retry attempts=3", true},
		{"// Package instrument: a tool that traces.", false},
		{"// instrument: trace everything", false},
		{"// implementation: trace", false},
		{"//instrumentation:trace", false},
		{"//go:generate instrument generate", false},
		{"//localhost:trace", false},
		{`const url = "https://instrument.example:8080"`, false},
		{"package a\n", false},
	} {
		if got := directive.MayHold([]byte(c.text)); got != c.want {
			t.Errorf("%q may hold a directive: %v, and must: %v", c.text, got, c.want)
		}
	}
}

// Export data of dependencies is kept under the digest of the module files: other versions bring
// other types.
func TestModulesDigest(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	scan := func() *Files {
		s, err := Scan([]string{dir}, os.ReadFile)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	write("go.mod", "module m\n\nrequire example.com/a v1.0.0\n")
	write("a.go", "package a\n")
	before := scan()
	write("a.go", "package a // changed\n")
	edited := scan()
	write("go.mod", "module m\n\nrequire example.com/a v1.1.0\n")
	upgraded := scan()
	if edited.Modules != before.Modules || edited.Digest == before.Digest {
		t.Error("an edited file changes the digest of all, and not that of the modules")
	}
	if upgraded.Modules == edited.Modules || upgraded.Digest == edited.Digest {
		t.Error("another version of a dependency changes both digests")
	}
}
