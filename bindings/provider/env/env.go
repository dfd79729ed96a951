// Package env provides secrets and configuration from the environment variables of the process.
//
//	pay-key: env:              # PAY_KEY, from the logical name
//	limits:  env:APP_LIMITS    # a text, a number, or JSON
//
// A binding that is scoped to tenants has a variable for each, whose name goes on with two underscores and the tenant, as
// package bindings escapes it: APP_LIMITS__acme. Variables are read at each operation; changes are not noticed.
package env

import (
	"context"
	"os"
	"strings"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/config"
	"github.com/instrumentgo/instrument/bindings/provider"
	"github.com/instrumentgo/instrument/bindings/secret"
)

// Provider provides secret and config.
var Provider = provider.Env().Provider(func(_ context.Context, target bindings.Target) (bindings.Conn, error) {
	return &conn{target.Path()}, nil
})

// conn is a variable, or all of them if name is "".
type conn struct{ name string }

// Ping implements [bindings.Conn].
func (c *conn) Ping(context.Context) error { return nil }

// Close implements [bindings.Conn].
func (c *conn) Close(context.Context) error { return nil }

// variable returns the name of a space's variable.
func (c *conn) variable(space bindings.Space) string {
	name := c.name
	if name == "" {
		name = strings.ToUpper(strings.ReplaceAll(bindings.Escape(space.Binding), "-", "_"))
	}
	if space.Tenant != "" {
		name += "__" + bindings.Escape(space.Tenant)
	}
	return name
}

// read returns the value of a variable, or NotFound.
func read(name string) (string, error) {
	value, ok := os.LookupEnv(name)
	if !ok {
		return "", bindings.Errorf(bindings.NotFound, "the environment variable %s is not set", name)
	}
	return value, nil
}

// ReadSecret implements [bindings.SecretConn].
func (c *conn) ReadSecret(_ context.Context, space bindings.Space) (value, version string, err error) {
	value, err = read(c.variable(space))
	return value, "", err
}

// OpenSecret implements [secret.Opener].
func (c *conn) OpenSecret(_ context.Context, space bindings.Space) (secret.Store, error) {
	return secretVariable(c.variable(space)), nil
}

// OpenConfig implements [config.Opener].
func (c *conn) OpenConfig(_ context.Context, space bindings.Space) (config.Store, error) {
	return configVariable(c.variable(space)), nil
}

// secretVariable is the name of a variable that holds a secret.
type secretVariable string

// Abilities implements [secret.Store].
func (v secretVariable) Abilities() secret.Abilities { return secret.Abilities{} }

// Get implements [secret.Store].
func (v secretVariable) Get(context.Context) (text, version string, err error) {
	text, err = read(string(v))
	return text, "", err
}

// configVariable is the name of a variable that holds a configuration.
type configVariable string

// Abilities implements [config.Store].
func (v configVariable) Abilities() config.Abilities { return config.Abilities{} }

// Get implements [config.Store].
func (v configVariable) Get(context.Context) (data []byte, version string, err error) {
	text, err := read(string(v))
	return []byte(text), "", err
}
