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

// variable returns the variable of a space.
func (c *conn) variable(space bindings.Space) variable {
	name := c.name
	if name == "" {
		name = strings.ToUpper(strings.ReplaceAll(bindings.Escape(space.Binding), "-", "_"))
	}
	if space.Tenant != "" {
		name += "__" + bindings.Escape(space.Tenant)
	}
	return variable(name)
}

// ReadSecret implements [bindings.SecretConn].
func (c *conn) ReadSecret(_ context.Context, space bindings.Space) (value, version string, err error) {
	value, err = c.variable(space).read()
	return value, "", err
}

// OpenSecret implements [secret.Opener].
func (c *conn) OpenSecret(_ context.Context, space bindings.Space) (secret.Store, error) {
	return c.variable(space), nil
}

// OpenConfig implements [config.Opener].
func (c *conn) OpenConfig(_ context.Context, space bindings.Space) (config.Store, error) {
	return c.variable(space), nil
}

// variable is the name of a variable.
type variable string

// read returns the value of the variable, or NotFound.
func (v variable) read() (string, error) {
	value, ok := os.LookupEnv(string(v))
	if !ok {
		return "", bindings.Errorf(bindings.NotFound, "the environment variable %s is not set", string(v))
	}
	return value, nil
}

// Abilities implements [secret.Store] and [config.Store].
func (v variable) Abilities() secret.Abilities { return secret.Abilities{} }

// Get implements [secret.Store] and [config.Store].
func (v variable) Get(context.Context) (data []byte, version string, err error) {
	text, err := v.read()
	return []byte(text), "", err
}
