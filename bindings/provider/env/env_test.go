package env_test

import (
	"crypto/rand"
	"os"
	"strings"
	"testing"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/config/configtest"
	"github.com/instrumentgo/instrument/bindings/provider/env"
	"github.com/instrumentgo/instrument/bindings/provider/providertest"
	"github.com/instrumentgo/instrument/bindings/secret"
	"github.com/instrumentgo/instrument/bindings/secret/secrettest"
)

// harness has a variable for each case: cases run at once, and the environment is the process's.
func harness() providertest.Harness {
	return providertest.Harness{
		Provider: env.Provider,
		URL:      func(*testing.T) string { return "env:INSTRUMENT_TEST_" + rand.Text() },
		Write: func(t *testing.T, url string, space bindings.Space, text string) {
			t.Helper()
			name := strings.TrimPrefix(url, "env:")
			if space.Tenant != "" {
				name += "__" + bindings.Escape(space.Tenant)
			}
			set := os.Setenv(name, text)
			if text == "" {
				set = os.Unsetenv(name)
			}
			if set != nil {
				t.Fatal(set)
			}
			t.Cleanup(func() { os.Unsetenv(name) })
		},
		Empty: func(t *testing.T, url string, _ bindings.Space) { os.Setenv(strings.TrimPrefix(url, "env:"), "") },
	}
}

func TestSecret(t *testing.T) { secrettest.Run(t, harness()) }

func TestConfig(t *testing.T) { configtest.Run(t, harness()) }

// Without a name in the URL the variable is that of the binding.
func TestVariableOfBinding(t *testing.T) {
	t.Setenv("PAY_KEY", "hunter2")
	p, err := bindings.Open(t.Context(), bindings.Environment{Namespace: "orders", Bindings: []bindings.Binding{{Name: "pay-key", URL: "env:"}}}, env.Provider)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close(t.Context())
	key, err := secret.Get(t.Context(), p, "pay-key")
	if err != nil || key.Reveal() != "hunter2" {
		t.Errorf("secret is %q, %v", key.Reveal(), err)
	}
	os.Unsetenv("PAY_KEY")
	if _, err = secret.Get(t.Context(), p, "pay-key"); err == nil || err.Error() != "get pay-key: not found: the environment variable PAY_KEY is not set" {
		t.Errorf("error is %v, want which variable is missing", err)
	}
}
