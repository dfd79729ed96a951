package nats

import (
	"crypto/tls"
	"net"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/kv"
	"github.com/instrumentgo/instrument/bindings/provider/mem"
	"github.com/instrumentgo/instrument/bindings/provider/providertest"
)

// serve starts a server with options of its own.
func serve(t *testing.T, o server.Options) *server.Server {
	t.Helper()
	o.Host, o.JetStream, o.StoreDir, o.NoSigs, o.NoLog = "127.0.0.1", true, t.TempDir(), true, true
	if o.Port == 0 {
		o.Port = server.RANDOM_PORT
	}
	s, err := server.NewServer(&o)
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	if !s.ReadyForConnections(10 * time.Second) {
		t.Fatal("the server does not start")
	}
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	return s
}

func openKV(t *testing.T, url string, options map[string]bindings.Value, secrets *mem.Memory) (kv.Of[string, int], error) {
	t.Helper()
	env := bindings.Environment{Namespace: "test", Bindings: []bindings.Binding{{Name: "c", URL: url, Options: options}, {Name: "pw", URL: "mem:"}}}
	p, err := bindings.Open(t.Context(), env, Provider, secrets.Provider())
	if err != nil {
		return kv.Of[string, int]{}, err
	}
	t.Cleanup(func() { p.Close(t.Context()) })
	return kv.Open[string, int](t.Context(), p, "c")
}

// A password or a token is replaced in the server and in its secret, the server first: the
// connection survives that it is refused meanwhile.
func TestPasswordIsReplaced(t *testing.T) {
	for name, c := range map[string]struct {
		options func(secret string) server.Options
		option  string
		user    bindings.Value
	}{
		"password": {func(secret string) server.Options { return server.Options{Username: "orders", Password: secret} }, "password", bindings.Value{Text: "orders"}},
		"token":    {func(secret string) server.Options { return server.Options{Authorization: secret} }, "user", bindings.Value{Secret: "pw"}},
	} {
		t.Run(name, func(t *testing.T) {
			secrets := mem.New()
			write := func(text string) { secrets.Set(bindings.Space{Namespace: "test", Binding: "pw"}, text) }
			write("one")
			s := serve(t, c.options("one"))
			options := map[string]bindings.Value{"user": c.user, c.option: {Secret: "pw"}}
			store, err := openKV(t, "nats://"+s.Addr().String(), options, secrets)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := store.Set(t.Context(), "k", 1); err != nil {
				t.Fatal(err)
			}
			port := s.Addr().(*net.TCPAddr).Port
			s.Shutdown()
			s.WaitForShutdown()
			next := c.options("two")
			next.Port = port
			refusing := serve(t, next)
			until(t, "the old secret is refused more than twice", func() bool { return refusals(refusing) > 2 })
			write("two")
			until(t, "the new secret is taken", func() bool {
				_, err := store.Set(t.Context(), "k", 2)
				return bindings.Code(err) != bindings.PermissionDenied && refusing.NumClients() > 0
			})
		})
	}
}

// until waits for what happens in another goroutine or a server.
func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !holds(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it is never so that %s", what)
		}
	}
}

// refusals returns how many connections a server has had and refused.
func refusals(s *server.Server) uint64 {
	v, err := s.Varz(nil)
	if err != nil {
		return 0
	}
	return v.TotalConnections - uint64(v.Connections)
}

// What vouches for a server, and this client's certificate, are options; without the right ones
// nothing is sent. The first of several hosts need not answer.
func TestTLS(t *testing.T) {
	authority, stranger := providertest.NewAuthority(t), providertest.NewAuthority(t)
	s := serve(t, server.Options{TLS: true, TLSVerify: true, TLSConfig: &tls.Config{Certificates: []tls.Certificate{authority.Server(t)},
		ClientCAs: authority.Pool, ClientAuth: tls.RequireAndVerifyClientCert}})
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	cert, key := authority.Client(t, "orders")
	foreignCert, foreignKey := stranger.Client(t, "orders")
	for _, c := range []struct {
		name, ca, cert, key, server string
		fine                        bool
	}{
		{"all right", authority.File, cert, key, "", true},
		{"another name that the server has", authority.File, cert, key, "localhost", true},
		{"a name that the server does not have", authority.File, cert, key, "bus.internal", false},
		{"roots of the system", "", cert, key, "", false},
		{"another authority", stranger.File, cert, key, "", false},
		{"no certificate", authority.File, "", "", "", false},
		{"a stranger's certificate", authority.File, foreignCert, foreignKey, "", false},
	} {
		options := map[string]bindings.Value{}
		for name, text := range map[string]string{"ca": c.ca, "cert": c.cert, "key": c.key, "server-name": c.server} {
			if text != "" {
				options[name] = bindings.Value{Text: text}
			}
		}
		store, err := openKV(t, "tls+nats://"+closed.Addr().String()+","+s.Addr().String(), options, mem.New())
		if err == nil {
			_, err = store.Set(t.Context(), "k", 1)
		}
		if (err == nil) != c.fine {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}
