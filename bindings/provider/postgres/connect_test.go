package postgres

import (
	"context"
	"crypto/tls"
	"encoding/binary"
	"io"
	"net"
	"net/url"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/provider/providertest"
)

// gate takes connections as a server of PostgreSQL does, up to where TLS is agreed on, and reports
// the name in the client's certificate, or why there was no agreement.
func gate(t *testing.T, config *tls.Config) (address string, came <-chan string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	names := make(chan string, 100)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			names <- agree(c, config)
			c.Close()
		}
	}()
	return l.Addr().String(), names
}

func agree(c net.Conn, config *tls.Config) string {
	request := make([]byte, 8)
	if _, err := io.ReadFull(c, request); err != nil || binary.BigEndian.Uint32(request[4:]) != 80877103 {
		return "no request for TLS"
	}
	if _, err := c.Write([]byte("S")); err != nil {
		return err.Error()
	}
	secure := tls.Server(c, config)
	if err := secure.Handshake(); err != nil {
		return "no agreement"
	}
	if _, err := secure.Read(make([]byte, 1)); err != nil { // until then the client may still refuse
		return "no agreement"
	}
	if certs := secure.ConnectionState().PeerCertificates; len(certs) > 0 {
		return certs[0].Subject.CommonName
	}
	return "nobody"
}

// What vouches for a server, and this client's certificate, are options. Without the right ones
// nothing is sent; files are read again for each connection.
func TestTLS(t *testing.T) {
	authority, stranger := providertest.NewAuthority(t), providertest.NewAuthority(t)
	server := &tls.Config{Certificates: []tls.Certificate{authority.Server(t)}, ClientAuth: tls.RequestClientCert}
	cert, key := authority.Client(t, "orders")
	for _, c := range []struct{ options, want string }{
		{"ca=" + authority.File, "nobody"},
		{"ca=" + authority.File + "&cert=" + cert + "&key=" + key, "orders"},
		{"ca=" + authority.File + "&server-name=localhost", "nobody"},
		{"ca=" + authority.File + "&server-name=db.internal", "no agreement"},
		{"ca=" + authority.File + "&sslmode=verify-ca&server-name=db.internal", "nobody"},
		{"ca=" + authority.File + "&sslmode=require&server-name=db.internal", "nobody"},
		{"ca=" + stranger.File, "no agreement"},
		{"ca=" + stranger.File + "&sslmode=verify-ca", "no agreement"},
		{"ca=" + stranger.File + "&sslmode=require", "no agreement"},
		{"sslmode=verify-full", "no agreement"},
		{"sslmode=require&cert=" + cert + "&key=" + key, "orders"},
	} {
		address, came := gate(t, server) // of its own: the client comes again where it is sent away
		config, login, err := configOf(targetOf(t, "postgres://u@"+address+"/db?"+c.options))
		if err != nil {
			t.Errorf("%s: %v", c.options, err)
			continue
		}
		one := config.ConnConfig.Copy()
		if err := login.before(t.Context(), one); err != nil {
			t.Fatal(err)
		}
		if _, err := pgx.ConnectConfig(t.Context(), one); err == nil {
			t.Fatal("the gate leads nowhere")
		}
		if got := <-came; got != c.want {
			t.Errorf("%s: who came is %q, want %q", c.options, got, c.want)
		}
	}
}

// Who relies on certificates must not be without them.
func TestModes(t *testing.T) {
	authority := providertest.NewAuthority(t)
	for options, want := range map[string]string{
		"ca=" + authority.File + "&sslmode=prefer":  "it must be verify-full or verify-ca with the option ca",
		"ca=" + authority.File + "&sslmode=disable": "it must be verify-full or verify-ca with the option ca",
		"server-name=x&sslmode=disable":             "it must not be disable with the options cert, key and server-name",
		"sslmode=verify":                            "sslmode is invalid",
		"ca=nothing.pem":                            "parse option ca: open nothing.pem",
		"target-session-attrs=writable":             "unknown target_session_attrs value",
		"connect-timeout=soon":                      "must be a duration",
	} {
		if _, _, err := configOf(targetOf(t, "postgres://u@h/db?"+options)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", options, err, want)
		}
	}
}

// Of several hosts the first one that answers is taken.
func TestHosts(t *testing.T) {
	if c, err := net.Dial("tcp", "127.0.0.1:5432"); err != nil {
		t.Skip("SKIPPED: no PostgreSQL at 127.0.0.1:5432")
	} else {
		c.Close()
	}
	target := targetOf(t, "postgres://postgres@127.0.0.1:1/postgres?sslmode=disable")
	target.Also = []string{"127.0.0.1:5432"}
	conn, err := open(t.Context(), target)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if err := conn.Ping(t.Context()); err != nil {
		t.Error(err)
	}
}

// targetOf returns the target of a URL with options.
func targetOf(t *testing.T, text string) bindings.Target {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	target := bindings.Target{URL: u, Options: map[string]string{}}
	for name, values := range u.Query() {
		target.Options[name] = values[0]
	}
	u.RawQuery = ""
	return target
}

// A password that was replaced is the one of the next connection.
func TestPasswordIsReplaced(t *testing.T) {
	password := "one"
	keeper := &bindings.Provider{Name: "keeper", Schemes: []string{"keeper"}, Kinds: []bindings.Kind{bindings.Secret},
		Open: func(context.Context, bindings.Target) (bindings.Conn, error) { return secretConn{&password}, nil }}
	var login *login
	db := *Provider
	db.Open = func(_ context.Context, target bindings.Target) (_ bindings.Conn, err error) {
		_, login, err = configOf(target)
		return secretConn{&password}, err
	}
	p, err := bindings.Open(t.Context(), bindings.Environment{Namespace: "test", Bindings: []bindings.Binding{{Name: "pw", URL: "keeper:"},
		{Name: "db", URL: "postgres://orders@h/db", Options: map[string]bindings.Value{"password": {Secret: "pw"}}}}}, &db, keeper)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close(t.Context())
	for _, password = range []string{"two", "three"} {
		c := &pgx.ConnConfig{}
		if err := login.before(t.Context(), c); err != nil || c.User != "orders" || c.Password != password {
			t.Errorf("the connection has user %q and password %q, %v; want %q", c.User, c.Password, err, password)
		}
	}
}

// secretConn is a secret that a test changes.
type secretConn struct{ text *string }

func (secretConn) Ping(context.Context) error  { return nil }
func (secretConn) Close(context.Context) error { return nil }
func (c secretConn) ReadSecret(context.Context, bindings.Space) (text, version string, err error) {
	return *c.text, "", nil
}
