package runtimehooks

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// Woven code links this package: it must bring the OpenTelemetry API, backoff and the standard
// library, and no more.
func TestDependencies(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	allowed := []string{
		"github.com/instrumentgo/instrument/runtimehooks",
		"github.com/instrumentgo/instrument/internal/option",
		"github.com/instrumentgo/instrument/internal/suggest",
		"github.com/cenkalti/backoff/v4",
		"github.com/cespare/xxhash/v2", // these three are the API's own
		"github.com/go-logr/logr",
		"github.com/go-logr/stdr",
		"go.opentelemetry.io/auto/sdk",
		"go.opentelemetry.io/otel",
	}
	for _, path := range strings.Fields(string(out)) {
		ok := slices.ContainsFunc(allowed, func(a string) bool { return path == a || strings.HasPrefix(path, a+"/") })
		if !ok || strings.HasPrefix(path, "go.opentelemetry.io/otel/sdk") || strings.HasPrefix(path, "go.opentelemetry.io/otel/exporters") {
			t.Errorf("depends on %s", path)
		}
	}
}

// net/http is for httphooks. What is linked of it here comes with the OpenTelemetry API alone,
// whose package propagation imports it: no package of ours may, and no other than that one does.
func TestNoHTTP(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}} {{.Imports}}{{end}}", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	var importers []string
	for line := range strings.Lines(string(out)) {
		path, imports, _ := strings.Cut(strings.TrimSpace(line), " ")
		if slices.Contains(strings.Fields(strings.Trim(imports, "[]")), "net/http") {
			importers = append(importers, path)
		}
	}
	if want := []string{"go.opentelemetry.io/otel/propagation"}; !slices.Equal(importers, want) {
		t.Errorf("net/http is imported by %v, want only %v", importers, want)
	}
}
