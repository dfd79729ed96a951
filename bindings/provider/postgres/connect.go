package postgres

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/url"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/provider/tlsconfig"
)

// login is how connections are made. Passwords and certificates are read again for each: they may
// have been replaced.
type login struct {
	target       bindings.Target
	mode         string // of TLS, as libpq has it
	certificates *tlsconfig.Source
}

// connectTimeout is how long connecting may take unless an option says otherwise.
const connectTimeout = 10 * time.Second

// configOf returns the configuration of a target, and how its connections are made.
func configOf(target bindings.Target) (*pgxpool.Config, *login, error) {
	l := &login{target: target, mode: target.Options["sslmode"]}
	var err error
	if l.certificates, err = tlsconfig.New(target); err != nil {
		return nil, nil, err
	}
	if err := l.checkMode(); err != nil {
		return nil, nil, err
	}
	var config *pgxpool.Config
	for _, host := range append([]string{target.URL.Host}, target.Also...) {
		one, err := l.parse(host)
		if err != nil {
			return nil, nil, err
		}
		if config == nil {
			config = one
			continue
		}
		first := &pgconn.FallbackConfig{Host: one.ConnConfig.Host, Port: one.ConnConfig.Port, TLSConfig: one.ConnConfig.TLSConfig}
		config.ConnConfig.Fallbacks = append(append(config.ConnConfig.Fallbacks, first), one.ConnConfig.Fallbacks...)
	}
	if config.ConnConfig.ConnectTimeout, err = target.Duration("connect-timeout", connectTimeout); err != nil {
		return nil, nil, err
	}
	config.BeforeConnect = l.before
	return config, l, nil
}

// parse returns the configuration of a connection to one host.
func (l *login) parse(host string) (*pgxpool.Config, error) {
	u := *l.target.URL
	u.Scheme, u.Host = "postgres", host
	attrs := l.target.Options["target-session-attrs"]
	switch {
	case attrs != "":
	case len(l.target.Also) > 0:
		attrs = "read-write"
	default:
		attrs = "any"
	}
	u.RawQuery = url.Values{"sslmode": {l.mode}, "target_session_attrs": {attrs}}.Encode()
	config, err := pgxpool.ParseConfig(u.String())
	if err != nil {
		return nil, fmt.Errorf("parse url: %w", err) // pgx leaves the password out
	}
	return config, nil
}

// checkMode decides the mode of TLS. Nobody must believe that certificates are looked at where they
// are not.
func (l *login) checkMode() error {
	ca := l.target.Options["ca"] != ""
	switch {
	case l.mode == "" && ca:
		l.mode = "verify-full"
	case l.mode == "":
		l.mode = "prefer"
	case l.mode == "require" && ca:
		l.mode = "verify-ca" // as libpq has it
	case ca && l.mode != "verify-ca" && l.mode != "verify-full":
		return fmt.Errorf("parse option sslmode: it must be verify-full or verify-ca with the option ca, not %q", l.mode)
	case l.mode == "disable" && l.certificates.Set():
		return fmt.Errorf("parse option sslmode: it must not be disable with the options cert, key and server-name")
	}
	return nil
}

// before completes the configuration of one connection, which shares what it points to with others.
func (l *login) before(ctx context.Context, c *pgx.ConnConfig) error {
	if l.target.Rotates() {
		if user := l.target.Fresh(ctx).URL.User; user != nil {
			if name := user.Username(); name != "" {
				c.User = name
			}
			if password, ok := user.Password(); ok {
				c.Password = password
			}
		}
	}
	if !l.certificates.Set() {
		return nil
	}
	read, err := l.certificates.Config(ctx, "")
	if err != nil {
		return err
	}
	c.TLSConfig = l.secure(c.TLSConfig, read)
	fallbacks := make([]*pgconn.FallbackConfig, len(c.Fallbacks))
	for i, f := range c.Fallbacks {
		fallbacks[i] = &pgconn.FallbackConfig{Host: f.Host, Port: f.Port, TLSConfig: l.secure(f.TLSConfig, read)}
	}
	c.Fallbacks = fallbacks
	return nil
}

// secure returns the configuration of TLS with the certificates that were read.
func (l *login) secure(given, read *tls.Config) *tls.Config {
	if given == nil {
		return nil
	}
	c := given.Clone()
	c.RootCAs, c.Certificates = read.RootCAs, read.Certificates
	if read.ServerName != "" {
		c.ServerName = read.ServerName
	}
	if l.mode == "verify-ca" { // the client's own function has other roots
		c.VerifyPeerCertificate = nil
		c.VerifyConnection = func(state tls.ConnectionState) error {
			others := x509.NewCertPool()
			for _, cert := range state.PeerCertificates[1:] {
				others.AddCert(cert)
			}
			_, err := state.PeerCertificates[0].Verify(x509.VerifyOptions{Roots: read.RootCAs, Intermediates: others})
			return err
		}
	}
	return c
}
