package redis_test

import (
	"bytes"
	"crypto/tls"
	"log/slog"
	"strings"
	"testing"

	"github.com/alicebob/miniredis/v2"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/kv"
	"github.com/instrumentgo/instrument/bindings/provider/mem"
	"github.com/instrumentgo/instrument/bindings/provider/providertest"
	"github.com/instrumentgo/instrument/bindings/provider/redis"
)

func openKV(t *testing.T, url string, options map[string]bindings.Value, secrets *mem.Memory) (kv.Of[string, int], error) {
	t.Helper()
	env := bindings.Environment{Namespace: "test", Bindings: []bindings.Binding{{Name: "c", URL: url, Options: options}, {Name: "pw", URL: "mem:"}}}
	p, err := bindings.Open(t.Context(), env, redis.Provider, secrets.Provider())
	if err != nil {
		return kv.Of[string, int]{}, err
	}
	t.Cleanup(func() { p.Close(t.Context()) })
	return kv.Open[string, int](t.Context(), p, "c")
}

// A password is replaced in the server and in its secret while the program runs: what was connected
// and what connects again goes on.
func TestPasswordIsReplaced(t *testing.T) {
	m := miniredis.RunT(t)
	m.RequireAuth("one")
	secrets := mem.New()
	write := func(text string) { secrets.Set(bindings.Space{Namespace: "test", Binding: "pw"}, text) }
	write("one")
	c, err := openKV(t, "redis://"+m.Addr(), map[string]bindings.Value{"password": {Secret: "pw"}}, secrets)
	if err != nil {
		t.Fatal(err)
	}
	for _, password := range []string{"one", "two", "three"} {
		write(password)
		m.RequireAuth(password)
		m.Close() // all connections
		if err := m.Restart(); err != nil {
			t.Fatal(err)
		}
		_, _ = c.Set(t.Context(), "k", 0) // may find that its connection is closed
		if _, err := c.Set(t.Context(), "k", 1); err != nil {
			t.Errorf("with the password %s: %v", password, err)
		}
	}
}

// What vouches for a server, and this client's certificate, are options; without the right ones
// nothing is sent, and new ones are taken from their files.
func TestTLS(t *testing.T) {
	authority, stranger := providertest.NewAuthority(t), providertest.NewAuthority(t)
	m := miniredis.NewMiniRedis()
	if err := m.StartTLS(&tls.Config{Certificates: []tls.Certificate{authority.Server(t)}, ClientCAs: authority.Pool,
		ClientAuth: tls.RequireAndVerifyClientCert}); err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	cert, key := authority.Client(t, "orders")
	foreignCert, foreignKey := stranger.Client(t, "orders")
	for _, c := range []struct {
		name, ca, cert, key, server string
		want                        bindings.ErrorCode
	}{
		{"all right", authority.File, cert, key, "", bindings.OK},
		{"another name that the server has", authority.File, cert, key, "localhost", bindings.OK},
		{"a name that the server does not have", authority.File, cert, key, "cache.internal", bindings.Unavailable},
		{"roots of the system", "", cert, key, "", bindings.Unavailable},
		{"another authority", stranger.File, cert, key, "", bindings.Unavailable},
		{"no certificate", authority.File, "", "", "", bindings.Unavailable},
		{"a stranger's certificate", authority.File, foreignCert, foreignKey, "", bindings.Unavailable},
	} {
		options := map[string]bindings.Value{}
		for name, text := range map[string]string{"ca": c.ca, "cert": c.cert, "key": c.key, "server-name": c.server} {
			if text != "" {
				options[name] = bindings.Value{Text: text}
			}
		}
		store, err := openKV(t, "rediss://"+m.Addr(), options, mem.New())
		if err == nil {
			_, err = store.Set(t.Context(), "k", 1)
		}
		if (err == nil) != (c.want == bindings.OK) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// Files of certificates are read again for each connection.
func TestCertificatesAreReplaced(t *testing.T) {
	authority, next := providertest.NewAuthority(t), providertest.NewAuthority(t)
	start := func(a *providertest.Authority, address string) *miniredis.Miniredis {
		t.Helper()
		m := miniredis.NewMiniRedis()
		if err := m.StartAddrTLS(address, &tls.Config{Certificates: []tls.Certificate{a.Server(t)}, ClientCAs: a.Pool,
			ClientAuth: tls.RequireAndVerifyClientCert}); err != nil {
			t.Fatal(err)
		}
		return m
	}
	m := start(authority, "127.0.0.1:0")
	address := m.Addr()
	cert, key := authority.Client(t, "orders")
	store, err := openKV(t, "rediss://"+address, map[string]bindings.Value{"ca": {Text: authority.File}, "cert": {Text: cert}, "key": {Text: key}}, mem.New())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.Set(t.Context(), "k", 1); err != nil {
		t.Fatal(err)
	}
	m.Close()
	newCert, newKey := next.Client(t, "orders")
	providertest.Move(t, newCert, cert)
	providertest.Move(t, newKey, key)
	providertest.Move(t, next.File, authority.File)
	m = start(next, address)
	defer m.Close()
	_, _ = store.Set(t.Context(), "k", 1) // may find that its connection is closed
	if _, err := store.Set(t.Context(), "k", 2); err != nil {
		t.Errorf("with new certificates: %v", err)
	}
}

// What the client has to say goes where the program's other logs go.
func TestClientLogsThroughSlog(t *testing.T) {
	m := miniredis.RunT(t)
	store, err := openKV(t, "redis://"+m.Addr(), nil, mem.New())
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
	defer slog.SetDefault(before)
	m.Close()
	for range 3 {
		_, _ = store.Set(t.Context(), "k", 1) // fails
	}
	if !strings.Contains(log.String(), "provider=redis") {
		t.Errorf("slog got %q", log.String())
	}
}
