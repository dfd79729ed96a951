package yamlfile

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Whatever is at the path, reading ends, and says why there is nothing to read.
func TestRead(t *testing.T) {
	dir := t.TempDir()
	good, large := filepath.Join(dir, "good.yaml"), filepath.Join(dir, "large.yaml")
	for path, size := range map[string]int{good: MaxSize, large: MaxSize + 1} {
		if err := os.WriteFile(path, make([]byte, size), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if data, err := Read(good); err != nil || len(data) != MaxSize {
		t.Errorf("a file of 1 MiB must be read, not %d bytes, %v", len(data), err)
	}
	for path, want := range map[string]string{
		large:                          "it has more than 1 MiB",
		dir:                            "it is a folder, not a regular file",
		os.DevNull:                     "it is a device, not a regular file",
		filepath.Join(dir, "none"):     "no such file or directory",
		filepath.Join(good, "no file"): "not a directory",
	} {
		if _, err := Read(path); err == nil || err.Error() != want {
			t.Errorf("%s: the error must be %q, not %v", path, want, err)
		}
	}
}

// A text that would keep the parser busy, or end the program, is refused before it is parsed.
func TestBound(t *testing.T) {
	var blocks strings.Builder
	for i := range 700 {
		blocks.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	const n = MaxSize
	for name, text := range map[string]string{
		"brackets": strings.Repeat("[", n), "braces": strings.Repeat("{a: ", n/4), "lists": strings.Repeat("- ", n/2),
		"keys": strings.Repeat("? ", n/2), "blocks": blocks.String(), "quotes": strings.Repeat(`"`, n),
		"anchors": strings.Repeat("&a ", n/3), "tags": strings.Repeat("!a ", n/3), "mixed": strings.Repeat("- [{a: ", n/8),
		"colons": strings.Repeat("a: ", n/3),
	} {
		if _, err := Parse([]byte(text)); err == nil {
			t.Errorf("%s must be refused", name)
		}
	}
	for name, text := range map[string]string{
		"64 levels": strings.Repeat("[", 64) + strings.Repeat("]", 64),
		"siblings":  "a:\n" + strings.Repeat("  - {b: [c, d]}\n", n/170),
		"in quotes": fmt.Sprintf("a: %q\nb: '%s'\n", strings.Repeat("[", 1000), strings.Repeat("{", 1000)),
		"a comment": "a: 1 # " + strings.Repeat("[", 1000) + "\n",
		"anchors":   "a: &b !!str text\nc: *b\n",
		"returning": "a:\n  b:\n    c: 1\nd: 1\n",
	} {
		if _, err := Parse([]byte(text)); err != nil {
			t.Errorf("%s must be parsed: %v", name, err)
		}
	}
}

// A file has one document, with or without marks.
func TestParse(t *testing.T) {
	for text, want := range map[string]string{
		"":                      "",
		"# nothing\n":           "",
		"\ufeffa: 1\n":          "",
		"---\na: 1\n...\n":      "",
		"a: 1\n---\nb: 2\n":     "file must hold one document",
		"a: [\n":                "sequence end token ']' not found",
		"---\n---\n# nothing\n": "",
	} {
		if _, err := Parse([]byte(text)); fmt.Sprint(err) != want && (err != nil || want != "") {
			t.Errorf("%q: the error must be %q, not %v", text, want, err)
		}
	}
}
