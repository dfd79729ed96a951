package gobuild

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// A field is read back as it was written, whatever quotes it has, wherever there is a way to write
// it.
func TestQuoteField(t *testing.T) {
	for _, c := range []struct {
		field string
		ok    bool
	}{
		{"/usr/bin/instrument", true},
		{"/my tools/instrument", true},
		{"/o'neil's/instrument", true},
		{`/o'neil "tools"/instrument`, false},
		{`/o'neil"tools"/instrument`, true},
		{`-ldflags=-X=main.v="it's"`, true},
		{`'begins`, true},
		{`"begins`, true},
		{`'begins"`, false},
		{"tab\tand 'quote'", true},
		{"", true},
	} {
		text, ok := quoteField(c.field)
		if ok != c.ok {
			t.Errorf("%s can be written: %v, and must: %v", c.field, ok, c.ok)
		}
		if got := SplitQuoted("before " + text + " after"); ok && !slices.Equal(got, []string{"before", c.field, "after"}) {
			t.Errorf("%s is written as %s, and read as %q", c.field, text, got)
		}
		if !ok {
			continue
		}
		if got := SplitQuoted(dropFlags(text+" -toolexec=x", "toolexec")); !slices.Equal(got, []string{c.field}) {
			t.Errorf("%s in GOFLAGS becomes %q", c.field, got)
		}
	}
}

// A program whose path no quotes can hold is reached by a link, and again by the same one.
func TestToolexecLink(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no file has a double quote in its name")
	}
	awkward := filepath.Join(t.TempDir(), `it's "here"`)
	tool := filepath.Join(awkward, "instrument")
	if err := os.MkdirAll(awkward, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(tool, []byte("tool"), 0o777); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", t.TempDir())
	for _, cache := range []string{t.TempDir(), awkward} {
		for range 2 {
			value, err := Toolexec(&Cache{cache}, tool)
			if err != nil {
				t.Fatal(err)
			}
			words := SplitQuoted(value)
			if len(words) != 2 || words[1] != "toolexec" {
				t.Fatalf("-toolexec=%s is %q", value, words)
			}
			if data, err := os.ReadFile(words[0]); err != nil || string(data) != "tool" {
				t.Errorf("%s is not the tool: %v", words[0], err)
			}
		}
	}
	t.Setenv("TMPDIR", awkward)
	if _, err := Toolexec(&Cache{awkward}, tool); err == nil || !strings.Contains(err.Error(), "INSTRUMENT_CACHE") {
		t.Errorf("error is %v", err)
	}
}
