package bindings_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/instrumentgo/instrument/bindings"
)

// An environment is what people print when something does not work: no form of printing may show a
// secret, whatever the provider calls it, and all must show where the bindings lead.
func TestEnvironmentDoesNotPrintSecrets(t *testing.T) {
	const password = "hunter2"
	env := bindings.Environment{Name: "prod", Namespace: "orders", Bindings: []bindings.Binding{
		{Name: "a", URL: "redis://cache:" + password + "@cache.internal:6379/3?ttl=24h&pool=" + password},
		{Name: "b", URL: "nats://" + password + "@bus.internal:4222,bus.internal:4223", Options: map[string]bindings.Value{"password": {Text: password}, "namespace": {Text: "shop"}}},
		{Name: "c", URL: "postgres://db.internal/orders", Options: map[string]bindings.Value{"password": {Secret: "db-password"}, "token": {Text: password}}},
		{Name: "d", URL: "redis:cache:" + password + "@cache.internal"},
		{Name: "e", URL: "redis://cache:hun/" + password + "@cache.internal"},
		{Name: "f", URL: "redis://cache:%zz" + password + "@cache.internal"},
		{Name: "g", URL: password},
		{Name: "h", URL: "mem:?value=" + password},
		{Name: "i", URL: "mem:?%zz=" + password},
	}}
	var printed strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		for _, value := range []any{env, &env, env.Bindings, env.Bindings[0], &env.Bindings[0], env.Bindings[1].Options, env.Bindings[1].Options["password"]} {
			fmt.Fprintf(&printed, verb, value)
		}
	}
	for _, handler := range []slog.Handler{slog.NewTextHandler(&printed, nil), slog.NewJSONHandler(&printed, nil)} {
		slog.New(handler).Info("opening", "environment", env, "bindings", env.Bindings, "one", env.Bindings[1])
	}
	text, err := json.Marshal(env.Bindings)
	if err != nil {
		t.Fatal(err)
	}
	printed.Write(text)
	for _, form := range []string{password, fmt.Sprintf("%x", password)} {
		if i := strings.Index(printed.String(), form); i >= 0 {
			t.Errorf("a secret is seen: …%s…", printed.String()[max(0, i-100):i+20])
		}
	}
	for i, want := range []string{
		"a: {url: redis://[redacted]@cache.internal:6379/3?pool=[redacted]&ttl=24h}",
		"b: {url: nats://[redacted]@bus.internal:4222,bus.internal:4223, namespace: shop, password: [redacted]}",
		"c: {url: postgres://db.internal/orders, password: {secret: db-password}, token: [redacted]}",
		"d: {url: redis:[redacted]}",
	} {
		if got := fmt.Sprintf("%+v", env.Bindings[i]); got != want {
			t.Errorf("a binding prints as\n%s, want\n%s", got, want)
		}
	}
}
