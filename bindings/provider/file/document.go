package file

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/config"
	"github.com/instrumentgo/instrument/bindings/secret"
	"github.com/instrumentgo/instrument/internal/yamlfile"
)

// document is a file that holds a secret or a configuration.
type document struct {
	path string
	poll time.Duration
	salt []byte // of versions

	form func(path string, content []byte) ([]byte, error) // what a file with this content means
}

// document returns that of a space: the file itself, or for a tenant the one of its name in the
// folder that the path is.
func (c *conn) document(space bindings.Space, form func(path string, content []byte) ([]byte, error)) document {
	path := c.path
	if space.Tenant != "" {
		path = filepath.Join(path, bindings.Escape(space.Tenant)+c.suffix)
	}
	return document{path, c.poll, c.salt, form}
}

// read returns the content and its version. The version is a digest with a salt of this process: it
// is printed, and nobody must be able to find out by trial which secret it is of.
func (d document) read() (data []byte, version string, err error) {
	if data, err = os.ReadFile(d.path); err != nil {
		return nil, "", coded(err)
	}
	sum := hmac.New(sha256.New, d.salt)
	sum.Write(data)
	return data, hex.EncodeToString(sum.Sum(nil)[:8]), nil
}

// Changed implements [secret.Watcher] and [config.Watcher]. It looks again and again: nobody is
// notified when a file changes that is mounted from elsewhere, as secrets often are.
func (d document) Changed(ctx context.Context, seen string) error {
	ticker := time.NewTicker(d.poll)
	defer ticker.Stop()
	for {
		if _, version, err := d.read(); version != seen && (err == nil || bindings.Code(err) == bindings.NotFound) {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
	}
}

// Abilities implements [secret.Store] and [config.Store].
func (d document) Abilities() secret.Abilities { return secret.Abilities{Version: true, Watch: true} }

// Get implements [secret.Store] and [config.Store].
func (d document) Get(context.Context) (data []byte, version string, err error) {
	if data, version, err = d.read(); err == nil {
		data, err = d.form(d.path, data)
	}
	return data, version, err
}

// OpenSecret implements [secret.Opener].
func (c *conn) OpenSecret(_ context.Context, space bindings.Space) (secret.Store, error) {
	return c.document(space, line), nil
}

// ReadSecret implements [bindings.SecretConn].
func (c *conn) ReadSecret(ctx context.Context, space bindings.Space) (text, version string, err error) {
	data, version, err := c.document(space, line).Get(ctx)
	return string(data), version, err
}

// OpenConfig implements [config.Opener].
func (c *conn) OpenConfig(_ context.Context, space bindings.Space) (config.Store, error) {
	return c.document(space, inJSON), nil
}

// line is the form of a secret. The end of the last line, which editors and echo add, is no part of
// it.
func line(_ string, content []byte) ([]byte, error) {
	return bytes.TrimSuffix(bytes.TrimSuffix(content, []byte("\n")), []byte("\r")), nil
}

// inJSON is the form of a configuration. YAML, which the name of the file says, becomes JSON.
func inJSON(path string, content []byte) ([]byte, error) {
	if ext := filepath.Ext(path); ext != ".yaml" && ext != ".yml" {
		return content, nil
	}
	err := yamlfile.Bound(content)
	if err != nil {
		return nil, bindings.Errorf(bindings.Unknown, "parse %s: %w", path, err)
	}
	data, err := yaml.YAMLToJSON(content)
	if err != nil {
		return nil, bindings.Errorf(bindings.Unknown, "parse %s: %w", path, err)
	}
	return data, nil
}
