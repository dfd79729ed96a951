package file

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/config"
	"github.com/instrumentgo/instrument/bindings/secret"
)

// document is a file that holds a secret or a configuration.
type document struct {
	path string
	poll time.Duration
	salt []byte // of versions
}

// document returns that of a space: the file itself, or for a tenant the one of its name in the folder that the path is.
func (c *conn) document(space bindings.Space) document {
	if space.Tenant == "" {
		return document{c.path, c.poll, c.salt}
	}
	return document{filepath.Join(c.path, bindings.Escape(space.Tenant)+c.suffix), c.poll, c.salt}
}

// read returns the content and its version. The version is a digest with a salt of this process: it is printed, and nobody
// shall be able to try which secret it is of.
func (d document) read() (data []byte, version string, err error) {
	if data, err = os.ReadFile(d.path); err != nil {
		return nil, "", coded(err)
	}
	sum := hmac.New(sha256.New, d.salt)
	sum.Write(data)
	return data, hex.EncodeToString(sum.Sum(nil)[:8]), nil
}

// Changed implements [secret.Watcher] and [config.Watcher]. It looks again and again: a file that is mounted from elsewhere,
// as secrets often are, tells nobody of its changes.
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

// secretFile is a file that holds a secret.
type secretFile struct{ document }

// OpenSecret implements [secret.Opener].
func (c *conn) OpenSecret(_ context.Context, space bindings.Space) (secret.Store, error) {
	return secretFile{c.document(space)}, nil
}

// ReadSecret implements [bindings.SecretConn].
func (c *conn) ReadSecret(ctx context.Context, space bindings.Space) (text, version string, err error) {
	return secretFile{c.document(space)}.Get(ctx)
}

// Abilities implements [secret.Store].
func (f secretFile) Abilities() secret.Abilities { return secret.Abilities{Version: true, Watch: true} }

// Get implements [secret.Store]. The end of the last line, which editors and echo add, is no part of the secret.
func (f secretFile) Get(context.Context) (text, version string, err error) {
	data, version, err := f.read()
	return strings.TrimSuffix(strings.TrimSuffix(string(data), "\n"), "\r"), version, err
}

// configFile is a file that holds a configuration.
type configFile struct{ document }

// OpenConfig implements [config.Opener].
func (c *conn) OpenConfig(_ context.Context, space bindings.Space) (config.Store, error) {
	return configFile{c.document(space)}, nil
}

// Abilities implements [config.Store].
func (f configFile) Abilities() config.Abilities { return config.Abilities{Version: true, Watch: true} }

// Get implements [config.Store].
func (f configFile) Get(context.Context) (data []byte, version string, err error) {
	data, version, err = f.read()
	if ext := filepath.Ext(f.path); err != nil || ext != ".yaml" && ext != ".yml" {
		return data, version, err
	}
	if data, err = yaml.YAMLToJSON(data); err != nil {
		return nil, version, bindings.Errorf(bindings.Unknown, "parse %s: %w", f.path, err)
	}
	return data, version, nil
}
