package envcheck

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A declaration that is right is known, in the order of import paths. What is wrong with another
// one is reported where it stands, and so is a scheme that somebody else takes, of this project or
// not.
func TestProviders(t *testing.T) {
	dir := t.TempDir()
	folders := map[string]string{"example.com/none": dir}
	for name, text := range map[string]string{
		"a": `{"name": "a", "doc": "x", "system": "x", "schemes": ["a", "same"], "kinds": [{"kind": "kv"}]}`,
		"b": `{"name": "b", "doc": "x", "system": "x", "schemes": ["b", "same"], "kinds": [{"kind": "kv"}]}`,
		"c": `{"name": "c", "doc": "x", "system": "x", "schemes": ["nats"], "kinds": [{"kind": "kv"}]}`,
		"d": `{"name": "d", "doc": "x", "system": "x", "schemes": ["d"]}`,
		"e": `{"name": "e", "doc": "x", "system": "x", "schemes": ["e"], "kinds": [{"kind": "lock"}]}`,
	} {
		folder := filepath.Join(dir, name)
		if err := os.Mkdir(folder, 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, "provider.json"), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		folders["example.com/"+name] = folder
	}
	list, found, err := Providers(folders)
	if err != nil {
		t.Fatal(err)
	}
	var known, lines []string
	for _, d := range list {
		known = append(known, d.Package)
	}
	for _, d := range found {
		lines = append(lines, filepath.ToSlash(d.Format(dir)))
	}
	if diff := cmp.Diff([]string{"example.com/a", "example.com/e"}, known); diff != "" {
		t.Errorf("known providers differ (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{
		`b/provider.json:1:1: schemes of b must not have "same", which provider example.com/a takes (give it another one)`,
		`c/provider.json:1:1: schemes of c must not have "nats", which provider github.com/instrumentgo/instrument/bindings/provider/nats takes (give it another one)`,
		`d/provider.json:1:1: the declaration must have a member "kinds" (add it)`,
	}, lines); diff != "" {
		t.Errorf("findings differ (-want +got):\n%s", diff)
	}
}
