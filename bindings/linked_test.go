package bindings_test

import (
	"debug/buildinfo"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// linkedSize is what a service that is bound to memory and files may weigh, stripped, in bytes.
const linkedSize = 12_000_000

// A service of every kind that memory and files have, with a server and its health, links no client
// of a database or a broker, is small, and works.
func TestLinked(t *testing.T) {
	program := filepath.Join(t.TempDir(), "linked")
	build := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", program, "./testdata/linked")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	stat, err := os.Stat(program)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%.1f MB", float64(stat.Size())/1e6)
	if stat.Size() >= linkedSize {
		t.Errorf("the program has %d bytes, want less than %d", stat.Size(), linkedSize)
	}
	info, err := buildinfo.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	allowed := []string{"github.com/cenkalti/backoff/v4", "github.com/cespare/xxhash/v2", "github.com/go-logr/logr", "github.com/go-logr/stdr",
		"github.com/goccy/go-yaml", "go.etcd.io/bbolt", "go.opentelemetry.io/auto/sdk", "go.opentelemetry.io/otel", "go.opentelemetry.io/otel/log",
		"go.opentelemetry.io/otel/metric", "go.opentelemetry.io/otel/trace", "golang.org/x/sys"}
	for _, dep := range info.Deps {
		if !slices.Contains(allowed, dep.Path) {
			t.Errorf("the program must not link %s", dep.Path)
		}
	}

	folder := t.TempDir()
	environment := filepath.Join(folder, "dev.yaml")
	text := strings.ReplaceAll(`carts: file:DIR/shop.db
invoices: file:DIR/blobs
limit: {url: "mem:", value: "100"}
pay-key: env:PAY_KEY
jobs: mem:
placed: mem:
`, "DIR", folder)
	if err := os.WriteFile(environment, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	run := exec.Command(program, environment)
	run.Env = append(os.Environ(), "PAY_KEY=sk_test")
	if out, err := run.CombinedOutput(); err != nil || string(out) != "[redacted] true\n" {
		t.Errorf("run: %v\n%s", err, out)
	}
}
