package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/redis/go-redis/v9"

	"github.com/instrumentgo/instrument/examples/shop/payments"
)

// TestMain lets the test binary be the shop, because a demo installs the telemetry of its process.
func TestMain(m *testing.M) {
	if os.Getenv("SHOP_TEST_RUNS_MAIN") != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// The servers of bindings/hosted.yaml.
const (
	redisAt    = "127.0.0.1:6379"
	natsAt     = "127.0.0.1:4222"
	postgresAt = "127.0.0.1:5432"
	postgresAs = "postgres://postgres@" + postgresAt + "/test?sslmode=disable"
)

// The shop answers the same, whatever it runs on, and nothing but the environment file is edited
// for that.
func TestEnvironments(t *testing.T) {
	want := answers(t, "embedded")
	for _, c := range []struct {
		name  string
		edits map[string]string // of bindings/embedded.yaml; FOLDER is one of the test's own
		needs []string          // addresses of servers
	}{
		{"memory", map[string]string{"carts": "mem:", "orders": "mem:", "placed": "mem:", "invoices": "mem:"}, nil},
		{"files", map[string]string{"carts": "file:FOLDER/kv", "orders": "file:FOLDER/kv", "numbers": "file:FOLDER/kv",
			"invoices": "file:FOLDER/blobs", "stock": "sqlite:FOLDER/stock.db"}, nil},
		{"sqlite", map[string]string{"carts": "sqlite:FOLDER/kv.db", "orders": "sqlite:FOLDER/kv.db", "numbers": "sqlite:FOLDER/kv.db"}, nil},
		{"durable nats", map[string]string{"carts": "nats+embedded:FOLDER/nats", "orders": "nats+embedded:FOLDER/nats", "numbers": "nats+embedded:FOLDER/nats",
			"placed": "nats+embedded:FOLDER/nats", "invoices": "nats+embedded:FOLDER/nats"}, nil},
		{"payments over http", map[string]string{"pay": "registry://registry/payments"}, nil},
		{"redis", map[string]string{"carts": "redis://" + redisAt, "orders": "redis://" + redisAt, "numbers": "redis://" + redisAt,
			"placed": "redis://" + redisAt}, []string{redisAt}},
		{"nats", map[string]string{"carts": "nats://" + natsAt, "orders": "nats://" + natsAt, "numbers": "nats://" + natsAt, "placed": "nats://" + natsAt,
			"invoices": "nats://" + natsAt}, []string{natsAt}},
		{"postgres", map[string]string{"carts": postgresAs, "orders": postgresAs, "numbers": postgresAs, "stock": postgresAs}, []string{postgresAt}},
		{"hosted", nil, []string{redisAt, natsAt, postgresAt}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, address := range c.needs {
				need(t, address)
			}
			env := "hosted"
			if c.edits != nil {
				env = edited(t, c.edits)
			}
			if diff := cmp.Diff(want, answers(t, env)); diff != "" {
				t.Errorf("the embedded shop (-) and this one (+) answer differently:\n%s", diff)
			}
		})
	}
}

// need skips a test where a server does not answer, and says so.
func need(t *testing.T, address string) {
	t.Helper()
	c, err := net.DialTimeout("tcp", address, time.Second)
	if err != nil {
		t.Skipf("SKIPPED: no server at %s", address)
	}
	c.Close()
}

// edited returns the path of a copy of bindings/embedded.yaml in which bindings lead elsewhere.
func edited(t *testing.T, edits map[string]string) string {
	t.Helper()
	text, err := os.ReadFile("bindings/embedded.yaml")
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	for name, url := range edits {
		line := regexp.MustCompile(`(?m)^` + name + `:.*$`)
		if !line.Match(text) {
			t.Fatalf("bindings/embedded.yaml has no binding %s", name)
		}
		text = line.ReplaceAllLiteral(text, fmt.Appendf(nil, "%s: %q", name, strings.ReplaceAll(url, "FOLDER", filepath.ToSlash(folder))))
	}
	path := filepath.Join(folder, "edited.yaml")
	if err := os.WriteFile(path, text, 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// answers runs the shop's demo in a process and a namespace of its own, and returns what it
// printed.
func answers(t *testing.T, env string) string {
	t.Helper()
	namespace := "shop-test-" + strings.ToLower(rand.Text()[:8])
	t.Cleanup(func() { forget(t, namespace) })
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), exe, "-demo", "-answers", "-env", env, "-namespace", namespace)
	cmd.Env = append(os.Environ(), "SHOP_TEST_RUNS_MAIN=1", "SHOP_GATEWAY_KEY="+payments.SandboxKey)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, &stderr)
	}
	return string(out)
}

// forget removes what a namespace has left on the servers that answer.
func forget(t *testing.T, namespace string) {
	ctx := context.Background()
	for address, remove := range map[string]func(context.Context, string) error{
		redisAt: forgetRedis, natsAt: forgetNATS, postgresAt: forgetPostgres,
	} {
		c, err := net.DialTimeout("tcp", address, time.Second)
		if err != nil {
			continue
		}
		c.Close()
		if err := remove(ctx, namespace); err != nil {
			t.Errorf("remove %s from %s: %v", namespace, address, err)
		}
	}
}

func forgetRedis(ctx context.Context, namespace string) error {
	c := redis.NewClient(&redis.Options{Addr: redisAt})
	defer c.Close()
	for keys := c.Scan(ctx, 0, "*"+namespace+"*", 1000).Iterator(); ; {
		if !keys.Next(ctx) {
			return keys.Err()
		}
		if err := c.Del(ctx, keys.Val()).Err(); err != nil {
			return err
		}
	}
}

func forgetNATS(ctx context.Context, namespace string) error {
	c, err := nats.Connect(natsAt)
	if err != nil {
		return err
	}
	defer c.Close()
	js, err := jetstream.New(c)
	if err != nil {
		return err
	}
	streams := js.StreamNames(ctx)
	for name := range streams.Name() {
		if strings.Contains(name, namespace) {
			if err := js.DeleteStream(ctx, name); err != nil {
				return err
			}
		}
	}
	return streams.Err()
}

func forgetPostgres(ctx context.Context, namespace string) error {
	db, err := pgx.Connect(ctx, postgresAs)
	if err != nil {
		return err
	}
	defer db.Close(ctx)
	rows, err := db.Query(ctx, `SELECT nspname FROM pg_namespace WHERE starts_with(nspname, $1)`, namespace)
	if err != nil {
		return err
	}
	schemas, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	for _, schema := range schemas {
		if _, err := db.Exec(ctx, "DROP SCHEMA "+pgx.Identifier{schema}.Sanitize()+" CASCADE"); err != nil {
			return err
		}
	}
	var table *string
	if err := db.QueryRow(ctx, `SELECT to_regclass('instrument_kv')::text`).Scan(&table); err != nil || table == nil {
		return err
	}
	_, err = db.Exec(ctx, `DELETE FROM instrument_kv WHERE starts_with(space, $1)`, namespace)
	return err
}
