package environment_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/environment"
)

// A file as the documentation shows it, with schemes that stand alone, secrets and options.
func TestRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dev.yaml")
	text := `# development
carts:    nats+embedded:
placed:   nats+embedded:   # the same server
cache:    redis://cache.internal:6379?ttl=24h
db:       {url: postgres://orders@db.internal/orders, password: {secret: db-password}, pool: 5}
db-password: "env:DB"
scoped:
  url: mem:
  tenants: true
`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	env, err := environment.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	none := map[string]bindings.Value{}
	want := bindings.Environment{Name: "dev", Bindings: []bindings.Binding{
		{Name: "carts", URL: "nats+embedded:", Position: path + ":2:11", Options: none},
		{Name: "placed", URL: "nats+embedded:", Position: path + ":3:11", Options: none},
		{Name: "cache", URL: "redis://cache.internal:6379?ttl=24h", Position: path + ":4:11", Options: none},
		{Name: "db", URL: "postgres://orders@db.internal/orders", Position: path + ":5:17",
			Options: map[string]bindings.Value{"password": {Secret: "db-password"}, "pool": {Text: "5"}}},
		{Name: "db-password", URL: "env:DB", Position: path + ":6:14", Options: none},
		{Name: "scoped", URL: "mem:", Position: path + ":8:8", Options: map[string]bindings.Value{"tenants": {Text: "true"}}},
	}}
	if diff := cmp.Diff(want, env); diff != "" {
		t.Error(diff)
	}
}

// Each mistake is reported with its place, and one does not hide another.
func TestFindings(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"empty", "", nil},
		{"only a comment", "# nothing yet\n", nil},
		{"no mapping", "- carts\n", []string{"dev.yaml:1:1: the file must be a mapping of names to bindings"}},
		{"not closed", "carts: [mem\n", []string{"dev.yaml:1:8: parse yaml: sequence end token ']' not found"}},
		{"twice", "carts: mem:\ncarts: mem:\n", []string{`dev.yaml:2:1: parse yaml: mapping key "carts" already defined at [1:1]`}},
		{"several", "carts: [1]\nplaced: {ttl: 5s}\nfine: mem:\ndb: {url: {secret: x}}\nempty:\n", []string{
			"dev.yaml:1:8: carts must be a url, or a mapping with the key url",
			"dev.yaml:2:9: placed must have a url",
			"dev.yaml:4:11: url must be a text: put the secret in password",
			"dev.yaml:5:8: empty must be a url, or a mapping with the key url",
		}},
		{"options", "a: {url: mem:, password: {secrets: x}, ttl: [1]}\n", []string{
			"dev.yaml:1:26: password must be a text or {secret: name}",
			"dev.yaml:1:45: ttl must be a text or {secret: name}",
		}},
		{"two documents", "a: mem:\n---\nb: mem:\n", []string{"file must hold one document"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := environment.Parse("dev.yaml", []byte(c.text))
			var got []string
			if err != nil {
				got = strings.Split(err.Error(), "\n")
			}
			if len(got) != len(c.want) {
				t.Fatalf("findings are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
			for i, want := range c.want {
				if !strings.Contains(got[i], want) {
					t.Errorf("finding is %q, want %q", got[i], want)
				}
			}
		})
	}
}
