package record

import (
	"bytes"
	"context"
	"io"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/blob"
	"github.com/instrumentgo/instrument/bindings/lock"
	"github.com/instrumentgo/instrument/bindings/secret"
)

// lockReplay answers as recorded locks did.
type lockReplay struct {
	replayStore
	abilities lock.Abilities
}

// Abilities implements [lock.Store].
func (s *lockReplay) Abilities() lock.Abilities { return s.abilities }

// Acquire implements [lock.Store].
func (s *lockReplay) Acquire(_ context.Context, name string, ttl time.Duration) (lock.Grant, error) {
	r, err := s.ask("acquire", args{Name: text(name), TTL: span(ttl)})
	if err != nil {
		return nil, err
	}
	if err := r.Error.err(); err != nil {
		return nil, err
	}
	return &replayGrant{s.replayStore, name, r.Result.Token}, nil
}

// replayGrant is a lock that was taken in the recording.
type replayGrant struct {
	store replayStore
	name  string
	token uint64
}

// Token implements [lock.Grant].
func (g *replayGrant) Token() lock.Token { return lock.Token(g.token) }

// Renew implements [lock.Grant].
func (g *replayGrant) Renew(_ context.Context, ttl time.Duration) error {
	return g.store.do("renew", args{Name: text(g.name), Token: g.token, TTL: span(ttl)})
}

// Release implements [lock.Grant].
func (g *replayGrant) Release(context.Context) error {
	return g.store.do("release", args{Name: text(g.name), Token: g.token})
}

// blobReplay answers as a recorded bucket did.
type blobReplay struct {
	replayStore
	abilities blob.Abilities
}

// Abilities implements [blob.Store].
func (s *blobReplay) Abilities() blob.Abilities { return s.abilities }

// described asks for the description of an object.
func (s *blobReplay) described(op string, a args) (blob.Info, error) {
	r, err := s.ask(op, a)
	if err != nil {
		return blob.Info{}, err
	}
	return r.Result.Object.info(), r.Error.err()
}

// info returns the description, none for nil.
func (o *object) info() blob.Info {
	if o == nil {
		return blob.Info{}
	}
	i := blob.Info{Key: string(o.Key), Size: o.Size, ContentType: string(o.Type), ETag: string(o.ETag), Modified: o.Modified}
	if o.Metadata != nil {
		i.Metadata = map[string]string{}
		for name, value := range o.Metadata {
			i.Metadata[name] = string(value)
		}
	}
	return i
}

// Put implements [blob.Store]. An error of the reader is the reader's own, not the recorded text of
// one.
func (s *blobReplay) Put(_ context.Context, key string, r io.Reader, p blob.Put) (blob.Info, error) {
	content, broken := io.ReadAll(r)
	info, err := s.described("put", putArgs(key, content, broken, p))
	if broken != nil && err != nil {
		err = bindings.Errorf(bindings.Code(err), "%w", broken)
	}
	return info, err
}

// Get implements [blob.Store].
func (s *blobReplay) Get(ctx context.Context, key string, part blob.Range) (io.ReadCloser, blob.Info, error) {
	r, err := s.ask("get", rangeArgs(key, part))
	if err != nil {
		return nil, blob.Info{}, err
	}
	if err := r.Error.err(); err != nil {
		return nil, blob.Info{}, err
	}
	return &reader{ctx, bytes.NewReader(r.Result.Value), r.Result.Cut.err()}, r.Result.Object.info(), nil
}

// Stat implements [blob.Store].
func (s *blobReplay) Stat(_ context.Context, key string) (blob.Info, error) {
	return s.described("stat", args{Key: text(key)})
}

// Delete implements [blob.Store].
func (s *blobReplay) Delete(_ context.Context, key string) error {
	return s.do("delete", args{Key: text(key)})
}

// List implements [blob.Store].
func (s *blobReplay) List(_ context.Context, prefix, delimiter, cursor string, limit int) (blob.Page, error) {
	r, err := s.ask("list", args{Prefix: text(prefix), Delimiter: text(delimiter), Cursor: text(cursor), Limit: limit})
	if err != nil {
		return blob.Page{}, err
	}
	page := blob.Page{Prefixes: plain(r.Result.Prefixes), Cursor: string(r.Result.Cursor)}
	for _, o := range r.Result.Objects {
		page.Objects = append(page.Objects, o.info())
	}
	return page, r.Error.err()
}

// Copy implements [blob.Copier].
func (s *blobReplay) Copy(_ context.Context, to, from string, p blob.Put) (blob.Info, error) {
	return s.described("copy", copyArgs(to, from, p))
}

// SignedURL implements [blob.Signer].
func (s *blobReplay) SignedURL(_ context.Context, method, key string, valid time.Duration) (string, error) {
	r, err := s.ask("sign", signArgs(method, key, valid))
	if err != nil {
		return "", err
	}
	return string(r.Result.URL), r.Error.err()
}

// documentReplay answers as a recorded secret or configuration did.
type documentReplay struct {
	replayStore
	abilities secret.Abilities
	data      func(result) []byte
}

// secretData and configData return the document of a result.
func secretData(r result) []byte { return []byte(r.Text) }
func configData(r result) []byte { return copied(r.Value) }

// Abilities implements [secret.Store] and [config.Store].
func (s *documentReplay) Abilities() secret.Abilities { return s.abilities }

// Get implements [secret.Store] and [config.Store].
func (s *documentReplay) Get(context.Context) (data []byte, version string, err error) {
	r, err := s.ask("get", args{})
	if err != nil {
		return nil, "", err
	}
	return s.data(r.Result), string(r.Result.Version), r.Error.err()
}

// Changed implements [secret.Watcher] and [config.Watcher].
func (s *documentReplay) Changed(ctx context.Context, seen string) error {
	return s.await(ctx, "changed", args{Seen: text(seen)})
}
