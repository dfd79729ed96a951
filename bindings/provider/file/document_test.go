package file_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/config"
	"github.com/instrumentgo/instrument/bindings/config/configtest"
	"github.com/instrumentgo/instrument/bindings/provider/file"
	"github.com/instrumentgo/instrument/bindings/provider/providertest"
	"github.com/instrumentgo/instrument/bindings/secret/secrettest"
)

// documents writes the file of a case as an operator does: beside its place, and then moves it
// there.
func documents() providertest.Harness {
	return providertest.Harness{
		Empty: func(t *testing.T, url string, _ bindings.Space) {
			if err := os.WriteFile(strings.TrimSuffix(strings.TrimPrefix(url, "file:"), "?poll=10ms"), []byte("\n"), 0o600); err != nil {
				t.Fatal(err)
			}
		},
		Provider: file.Provider,
		URL:      func(t *testing.T) string { return "file:" + filepath.Join(t.TempDir(), "document") + "?poll=10ms" },
		Write: func(t *testing.T, url string, space bindings.Space, text string) {
			t.Helper()
			path := strings.TrimSuffix(strings.TrimPrefix(url, "file:"), "?poll=10ms")
			if space.Tenant != "" {
				if err := os.MkdirAll(path, 0o700); err != nil {
					t.Fatal(err)
				}
				path = filepath.Join(path, bindings.Escape(space.Tenant))
			}
			if text == "" {
				if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
					t.Fatal(err)
				}
				return
			}
			if err := errors.Join(os.WriteFile(path+".new", []byte(text), 0o600), os.Rename(path+".new", path)); err != nil {
				t.Fatal(err)
			}
		},
	}
}

func TestSecret(t *testing.T) { secrettest.Run(t, documents()) }

func TestConfig(t *testing.T) { configtest.Run(t, documents()) }

// YAML is what people write; the type decodes it as if it were JSON.
func TestConfigInYAML(t *testing.T) {
	path := filepath.Join(t.TempDir(), "limits.yaml")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("perSecond: 5 # per client\nnames: [a, b]\n")
	p, err := bindings.Open(t.Context(), bindings.Environment{Namespace: "orders", Bindings: []bindings.Binding{{Name: "limits", URL: "file:" + path}}}, file.Provider)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close(t.Context())
	limits, err := config.Open[struct {
		PerSecond int
		Names     []string
	}](t.Context(), p, "limits")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := limits.Get(t.Context()); err != nil || got.PerSecond != 5 || len(got.Names) != 2 {
		t.Errorf("limits are %+v, %v", got, err)
	}
	write("perSecond: [\n")
	if got, err := limits.Get(t.Context()); err == nil || !strings.Contains(err.Error(), "limits.yaml") {
		t.Errorf("limits are %+v, %v; want which file is wrong", got, err)
	}
}
