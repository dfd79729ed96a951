package record

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/blob"
	"github.com/instrumentgo/instrument/bindings/config"
	"github.com/instrumentgo/instrument/bindings/kv"
	"github.com/instrumentgo/instrument/bindings/lock"
	"github.com/instrumentgo/instrument/bindings/secret"
	"github.com/instrumentgo/instrument/bindings/topic"
)

// conn is a connection whose stores are recorded. It has the interface of every kind; which are
// asked for, the provider's Kinds say.
type conn struct {
	bindings.Conn
	rec *Recorder
}

// Close implements [bindings.Conn]. It also returns what kept the recording from being whole.
func (c *conn) Close(ctx context.Context) error {
	err := c.Conn.Close(ctx)
	c.rec.mu.Lock()
	c.rec.flush()
	c.rec.mu.Unlock()
	return errors.Join(err, c.rec.Err())
}

// as returns the connection as one of a kind.
func as[O any](c *conn, kind bindings.Kind) (O, error) {
	opener, ok := c.Conn.(O)
	if !ok {
		return opener, bindings.Errorf(bindings.Unimplemented, "the connection %T must have the methods of %s", c.Conn, kind)
	}
	return opener, nil
}

func (c *conn) space(kind bindings.Kind, of bindings.Space) space { return space{c.rec, kind, of} }

// OpenKV implements [kv.Opener].
func (c *conn) OpenKV(ctx context.Context, of bindings.Space) (kv.Store, error) {
	opener, err := as[kv.Opener](c, bindings.KV)
	if err != nil {
		return nil, err
	}
	s := c.space(bindings.KV, of)
	inner, err := opener.OpenKV(ctx, of)
	if err != nil {
		s.opened(result{}, err)
		return nil, err
	}
	_, get := inner.(kv.ManyGetter)
	_, set := inner.(kv.ManySetter)
	s.opened(result{Abilities: declare(kvAbilities(inner.Abilities())), Many: manyWords(get, set)}, nil)
	store := &kvStore{s, inner}
	return withMany(store, store, store, get, set), nil
}

// OpenTopic implements [topic.Opener].
func (c *conn) OpenTopic(ctx context.Context, of bindings.Space, retention time.Duration) (topic.Store, error) {
	opener, err := as[topic.Opener](c, bindings.Topic)
	if err != nil {
		return nil, err
	}
	s := c.space(bindings.Topic, of)
	inner, err := opener.OpenTopic(ctx, of, retention)
	if err != nil {
		s.opened(result{}, err)
		return nil, err
	}
	s.opened(result{Abilities: declare(topicAbilities(inner.Abilities()))}, nil)
	return &topicStore{s, inner}, nil
}

// OpenLock implements [lock.Opener].
func (c *conn) OpenLock(ctx context.Context, of bindings.Space) (lock.Store, error) {
	opener, err := as[lock.Opener](c, bindings.Lock)
	if err != nil {
		return nil, err
	}
	s := c.space(bindings.Lock, of)
	inner, err := opener.OpenLock(ctx, of)
	if err != nil {
		s.opened(result{}, err)
		return nil, err
	}
	s.opened(result{Abilities: declare(lockAbilities(inner.Abilities()))}, nil)
	return &lockStore{s, inner}, nil
}

// OpenBlob implements [blob.Opener].
func (c *conn) OpenBlob(ctx context.Context, of bindings.Space) (blob.Store, error) {
	opener, err := as[blob.Opener](c, bindings.Blob)
	if err != nil {
		return nil, err
	}
	s := c.space(bindings.Blob, of)
	inner, err := opener.OpenBlob(ctx, of)
	if err != nil {
		s.opened(result{}, err)
		return nil, err
	}
	s.opened(result{Abilities: declare(blobAbilities(inner.Abilities()))}, nil)
	return &blobStore{s, inner}, nil
}

// OpenSecret implements [secret.Opener].
func (c *conn) OpenSecret(ctx context.Context, of bindings.Space) (secret.Store, error) {
	opener, err := as[secret.Opener](c, bindings.Secret)
	if err != nil {
		return nil, err
	}
	s := c.space(bindings.Secret, of)
	inner, err := opener.OpenSecret(ctx, of)
	if err != nil {
		s.opened(result{}, err)
		return nil, err
	}
	s.opened(result{Abilities: declare(documentAbilities(inner.Abilities()))}, nil)
	return &documentStore{s, inner, c.rec.secretResult}, nil
}

// ReadSecret implements [bindings.SecretConn].
func (c *conn) ReadSecret(ctx context.Context, of bindings.Space) (value, version string, err error) {
	reader, err := as[bindings.SecretConn](c, bindings.Secret)
	if err != nil {
		return "", "", err
	}
	o := c.space(bindings.Secret, of).begin("read", args{})
	value, version, err = reader.ReadSecret(ctx, of)
	o.end(c.rec.secret(value, version, err), err)
	return value, version, err
}

// OpenConfig implements [config.Opener].
func (c *conn) OpenConfig(ctx context.Context, of bindings.Space) (config.Store, error) {
	opener, err := as[config.Opener](c, bindings.Config)
	if err != nil {
		return nil, err
	}
	s := c.space(bindings.Config, of)
	inner, err := opener.OpenConfig(ctx, of)
	if err != nil {
		s.opened(result{}, err)
		return nil, err
	}
	s.opened(result{Abilities: declare(documentAbilities(inner.Abilities()))}, nil)
	return &documentStore{s, inner, configResult}, nil
}

// declare returns abilities as they are recorded.
func declare(abilities any) []byte {
	raw, err := marshal(abilities)
	if err != nil {
		panic(fmt.Sprintf("encode %T: %v", abilities, err)) // flags and numbers, which always can be
	}
	return raw
}
