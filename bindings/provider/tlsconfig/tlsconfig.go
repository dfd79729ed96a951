// Package tlsconfig is for providers: it reads the options ca, cert, key and server-name of a
// target, by which a connection is encrypted.
//
//	source, err := tlsconfig.New(target)                           // when the connection is opened: what is wrong is reported at once
//	config, err := source.Config(ctx, target.URL.Hostname())       // whenever it connects
//
// An option is the path of a file in PEM, or a secret with the content of one. Files and secrets are
// read again for each connection, so that certificates may be replaced without a restart.
package tlsconfig

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"

	"github.com/instrumentgo/instrument/bindings"
)

// Source is where the certificates of a target come from.
type Source struct{ target bindings.Target }

// New returns the source of a target, whose certificates must be readable.
func New(target bindings.Target) (*Source, error) {
	s := &Source{target}
	_, err := configOf(target, "")
	return s, err
}

// Set reports whether any of the options is set.
func (s *Source) Set() bool {
	for _, name := range []string{"ca", "cert", "key", "server-name"} {
		if s.target.Options[name] != "" {
			return true
		}
	}
	return false
}

// Config returns how to connect to a host now, which the server's certificate must name unless the
// option server-name says otherwise.
func (s *Source) Config(ctx context.Context, host string) (*tls.Config, error) {
	return configOf(s.target.Fresh(ctx), host)
}

func configOf(target bindings.Target, host string) (*tls.Config, error) {
	c := &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12}
	if name := target.Options["server-name"]; name != "" {
		c.ServerName = name
	}
	var err error
	if c.RootCAs, err = roots(target); err != nil {
		return nil, err
	}
	cert, err := Material(target, "cert")
	if err != nil {
		return nil, err
	}
	key, err := Material(target, "key")
	if err != nil {
		return nil, err
	}
	if cert == nil && key == nil {
		return c, nil
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return nil, fmt.Errorf("parse options cert and key: %w", err)
	}
	c.Certificates = []tls.Certificate{pair}
	return c, nil
}

// roots returns the certificates that vouch for servers, nil for those of the system.
func roots(target bindings.Target) (*x509.CertPool, error) {
	pem, err := Material(target, "ca")
	if pem == nil || err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("parse option ca: it must have a certificate in PEM")
	}
	return pool, nil
}

// Material returns the content of the file that an option names, or the secret that the option is;
// nil if it is not set.
func Material(target bindings.Target, option string) ([]byte, error) {
	text, set := target.Options[option]
	switch {
	case !set:
		return nil, nil
	case text == "":
		return nil, fmt.Errorf("parse option %s: it must not be empty", option)
	case target.Secret(option):
		return []byte(text), nil
	}
	data, err := os.ReadFile(text)
	if err != nil {
		return nil, fmt.Errorf("parse option %s: %w", option, err)
	}
	if len(data) == 0 {
		return nil, fmt.Errorf("parse option %s: the file %s must not be empty", option, text)
	}
	return data, nil
}
