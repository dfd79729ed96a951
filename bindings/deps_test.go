package bindings_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// A program links what its environment needs, and nothing else: whoever keeps everything in memory
// and files must not get a database's client, a server, or a YAML parser with the core.
func TestDependencies(t *testing.T) {
	const own = "github.com/instrumentgo/instrument/bindings"
	otel := []string{"github.com/cespare/xxhash/v2", "github.com/go-logr/logr", "github.com/go-logr/stdr", "go.opentelemetry.io/otel", "go.opentelemetry.io/otel/log",
		"go.opentelemetry.io/otel/metric", "go.opentelemetry.io/otel/trace", "go.opentelemetry.io/auto/sdk"}
	kinds := append([]string{"github.com/cenkalti/backoff/v4"}, otel...) // the policies around operations are those of runtimehooks, whose pauses it computes
	for _, c := range []struct {
		pkg   string
		more  []string // than the standard library and this module
		needs string   // why
	}{
		{"", nil, "the core has the standard library alone"},
		{"/kv", kinds, "kinds are recorded, and have policies"},
		{"/blob", kinds, "kinds are recorded, and have policies"},
		{"/secret", kinds, "kinds are recorded, and have policies"},
		{"/config", kinds, "kinds are recorded, and have policies"},
		{"/topic", kinds, "kinds are recorded, and have policies"},
		{"/workflow", kinds, "kinds are recorded"},
		{"/lock", kinds, "kinds are recorded, and have policies"},
		{"/service", kinds, "a client needs net/http, and has policies"},
		{"/healthz", nil, "health is told by the standard library alone"},
		{"/sqldb", otel, "kinds are recorded, and migrations need no library"},
		{"/provider", nil, "what providers declare is data"},
		{"/provider/mem", kinds, "memory needs no more than the kinds"},
		{"/record", kinds, "a recording is JSON"},
		{"/fake", kinds, "a test in memory needs no more than memory"},
		{"/provider/env", kinds, "variables need no more than the kinds"},
		{"/environment", []string{"github.com/goccy/go-yaml"}, "only who reads environment files needs YAML"},
		{"/provider/file", append([]string{"github.com/goccy/go-yaml", "go.etcd.io/bbolt", "golang.org/x/sys"}, kinds...), "kv is bbolt, config may be YAML"},
	} {
		out, err := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{.Path}}{{end}}", own+c.pkg).Output()
		if err != nil {
			t.Fatal(err)
		}
		for _, module := range slices.Compact(slices.Sorted(strings.FieldsSeq(string(out)))) {
			if module != "github.com/instrumentgo/instrument" && !slices.Contains(c.more, module) {
				t.Errorf("bindings%s must not need %s: %s", c.pkg, module, c.needs)
			}
		}
	}
}
