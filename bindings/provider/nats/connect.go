package nats

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/provider/tlsconfig"
)

// addresses returns the servers of a target as the client takes them.
func addresses(target bindings.Target) string {
	scheme := "nats"
	if target.URL.Scheme == "tls+nats" {
		scheme = "tls"
	}
	var all []string
	for _, host := range append([]string{target.URL.Host}, target.Also...) {
		all = append(all, (&url.URL{Scheme: scheme, Host: host}).String())
	}
	return strings.Join(all, ",")
}

// secretTimeout bounds how long a secret is read while the client connects, which has no context
// then.
const secretTimeout = 5 * time.Second

// connectOptions returns how to connect. Passwords, tokens and certificates are read again for each
// connection: they may have been replaced. A server that refuses them is asked again, since it may
// learn of the new ones later than this process.
func connectOptions(target bindings.Target) ([]nats.Option, error) {
	timeout, err := target.Duration("connect-timeout", nats.DefaultTimeout)
	if err != nil {
		return nil, err
	}
	options := append(logged(target.URL.Host), nats.Name("instrument"), nats.MaxReconnects(-1), nats.IgnoreAuthErrorAbort(), nats.Timeout(timeout))
	switch login := target.URL.User; {
	case target.Options["creds"] != "" && login != nil:
		return nil, fmt.Errorf("parse option creds: it must not be set with a user")
	case target.Options["creds"] != "":
		if _, err := tlsconfig.Material(target, "creds"); err != nil {
			return nil, err
		}
		options = append(options, credentials(target))
	case login != nil:
		if _, ok := login.Password(); ok {
			options = append(options, nats.UserInfoHandler(func() (user, password string) {
				login := fresh(target).URL.User
				password, _ = login.Password()
				return login.Username(), password
			}))
		} else {
			options = append(options, nats.TokenHandler(func() string { return fresh(target).URL.User.Username() }))
		}
	}
	if target.URL.Scheme != "tls+nats" {
		return options, nil
	}
	secure, err := encrypted(target)
	return append(options, secure...), err
}

// fresh returns a target with the secrets of now.
func fresh(target bindings.Target) bindings.Target {
	ctx, cancel := context.WithTimeout(context.Background(), secretTimeout)
	defer cancel()
	return target.Fresh(ctx)
}

// credentials returns the option of a file of credentials, or of a secret with its content.
func credentials(target bindings.Target) nats.Option {
	content := func() ([]byte, error) { return tlsconfig.Material(fresh(target), "creds") }
	return nats.UserJWT(func() (string, error) {
		text, err := content()
		if err != nil {
			return "", err
		}
		return nkeys.ParseDecoratedJWT(text)
	}, func(nonce []byte) ([]byte, error) {
		text, err := content()
		if err != nil {
			return nil, err
		}
		pair, err := nkeys.ParseDecoratedUserNKey(text)
		if err != nil {
			return nil, err
		}
		defer pair.Wipe()
		return pair.Sign(nonce)
	})
}

// encrypted returns the options of connections that are encrypted.
func encrypted(target bindings.Target) ([]nats.Option, error) {
	certificates, err := tlsconfig.New(target)
	if err != nil {
		return nil, err
	}
	config := func() (*tls.Config, error) {
		ctx, cancel := context.WithTimeout(context.Background(), secretTimeout)
		defer cancel()
		return certificates.Config(ctx, "")
	}
	roots := func() (*x509.CertPool, error) {
		c, err := config()
		if err != nil {
			return nil, err
		}
		return c.RootCAs, nil
	}
	options := []nats.Option{nats.Secure(&tls.Config{MinVersion: tls.VersionTLS12, ServerName: target.Options["server-name"]})}
	certificate := func() (tls.Certificate, error) {
		c, err := config()
		if err != nil {
			return tls.Certificate{}, err
		}
		return c.Certificates[0], nil
	}
	if target.Options["cert"] == "" {
		certificate = nil
	}
	return append(options, nats.ClientTLSConfig(certificate, roots)), nil
}

// logged lets the client log through slog what it would print, or keep to itself.
func logged(server string) []nats.Option {
	log := func(level slog.Level, text string, args ...any) {
		slog.Log(context.Background(), level, text, append([]any{"provider", "nats", "server", server}, args...)...)
	}
	return []nats.Option{
		nats.ErrorHandler(func(_ *nats.Conn, sub *nats.Subscription, err error) {
			if sub != nil {
				log(slog.LevelWarn, "the client of NATS reports an error", "subject", sub.Subject, "error", err)
			} else {
				log(slog.LevelWarn, "the client of NATS reports an error", "error", err)
			}
		}),
		nats.DisconnectErrHandler(func(nc *nats.Conn, err error) {
			if err != nil && !nc.IsClosed() {
				log(slog.LevelWarn, "the connection to NATS is lost", "error", err)
			}
		}),
		nats.ReconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil { // each attempt; that the connection was lost is logged
				log(slog.LevelDebug, "NATS cannot be reached again", "error", err)
			}
		}),
		nats.ReconnectHandler(func(*nats.Conn) { log(slog.LevelInfo, "the connection to NATS is back") }),
	}
}

// serverLog lets an embedded server log through slog what is wrong.
type serverLog struct{}

func (serverLog) log(level slog.Level, format string, args []any) {
	if ctx := context.Background(); slog.Default().Enabled(ctx, level) {
		slog.Log(ctx, level, fmt.Sprintf(format, args...), "provider", "nats", "server", "embedded")
	}
}

// Noticef implements the server's interface of loggers, as the other methods do.
func (l serverLog) Noticef(format string, args ...any) { l.log(slog.LevelDebug, format, args) }
func (l serverLog) Warnf(format string, args ...any)   { l.log(slog.LevelWarn, format, args) }
func (l serverLog) Fatalf(format string, args ...any)  { l.log(slog.LevelError, format, args) }
func (l serverLog) Errorf(format string, args ...any)  { l.log(slog.LevelError, format, args) }
func (l serverLog) Debugf(format string, args ...any)  { l.log(slog.LevelDebug, format, args) }
func (l serverLog) Tracef(string, ...any)              {}
