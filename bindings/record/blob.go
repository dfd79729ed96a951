package record

import (
	"bytes"
	"context"
	"io"
	"time"

	"github.com/instrumentgo/instrument/bindings/blob"
)

// blobStore is a bucket that is recorded. The content of an object is read into memory on its way.
type blobStore struct {
	space
	inner blob.Store
}

// Abilities implements [blob.Store].
func (s *blobStore) Abilities() blob.Abilities { return s.inner.Abilities() }

// Put implements [blob.Store].
func (s *blobStore) Put(ctx context.Context, key string, r io.Reader, p blob.Put) (blob.Info, error) {
	content, broken := io.ReadAll(r)
	o := s.begin("put", putArgs(key, content, broken, p))
	info, err := s.inner.Put(ctx, key, &reader{ctx, bytes.NewReader(content), broken}, p)
	o.end(s.described(info, err), err)
	return info, err
}

func putArgs(key string, content []byte, broken error, p blob.Put) args {
	return args{Key: text(key), Value: content, Broken: broken != nil, Type: text(p.ContentType), Metadata: pairsOf(p.Metadata),
		IfAbsent: p.IfAbsent}
}

// reader reads what is in memory, then fails in the way that reading it failed, if it did; and when
// its context ends.
type reader struct {
	ctx     context.Context
	content *bytes.Reader
	broken  error
}

// Read implements [io.Reader].
func (r *reader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := r.content.Read(p)
	if err == io.EOF && r.broken != nil {
		err = r.broken
	}
	return n, err
}

// Close implements [io.Closer].
func (r *reader) Close() error { return nil }

// described is a result that is a description of an object, if there is no error.
func (s *blobStore) described(i blob.Info, err error) result {
	if err != nil {
		return result{}
	}
	o := s.object(i)
	return result{Object: &o}
}

func (s *blobStore) object(i blob.Info) object {
	return object{text(i.Key), i.Size, text(i.ContentType), pairsOf(i.Metadata), text(i.ETag), s.rec.time(i.Modified)}
}

// Get implements [blob.Store].
func (s *blobStore) Get(ctx context.Context, key string, r blob.Range) (io.ReadCloser, blob.Info, error) {
	o := s.begin("get", rangeArgs(key, r))
	body, info, err := s.inner.Get(ctx, key, r)
	if err != nil {
		o.end(result{}, err)
		return nil, info, err
	}
	content, broken := io.ReadAll(body)
	if err := body.Close(); broken == nil {
		broken = err
	}
	answer := s.described(info, nil)
	answer.Value, answer.Cut = content, failed(broken)
	o.end(answer, nil)
	return &reader{ctx, bytes.NewReader(content), broken}, info, nil
}

func rangeArgs(key string, r blob.Range) args {
	a := args{Key: text(key)}
	if r.Offset != 0 || r.Length >= 0 {
		a.Part = &part{r.Offset, r.Length}
	}
	return a
}

// Stat implements [blob.Store].
func (s *blobStore) Stat(ctx context.Context, key string) (blob.Info, error) {
	o := s.begin("stat", args{Key: text(key)})
	info, err := s.inner.Stat(ctx, key)
	o.end(s.described(info, err), err)
	return info, err
}

// Delete implements [blob.Store].
func (s *blobStore) Delete(ctx context.Context, key string) error {
	o := s.begin("delete", args{Key: text(key)})
	err := s.inner.Delete(ctx, key)
	o.end(result{}, err)
	return err
}

// List implements [blob.Store].
func (s *blobStore) List(ctx context.Context, prefix, delimiter, cursor string, limit int) (blob.Page, error) {
	o := s.begin("list", args{Prefix: text(prefix), Delimiter: text(delimiter), Cursor: text(cursor), Limit: limit})
	page, err := s.inner.List(ctx, prefix, delimiter, cursor, limit)
	r := result{Prefixes: texts(page.Prefixes), Cursor: text(page.Cursor)}
	for _, info := range page.Objects {
		r.Objects = append(r.Objects, s.object(info))
	}
	o.end(r, err)
	return page, err
}

// Copy implements [blob.Copier].
func (s *blobStore) Copy(ctx context.Context, to, from string, p blob.Put) (blob.Info, error) {
	o := s.begin("copy", copyArgs(to, from, p))
	info, err := s.inner.(blob.Copier).Copy(ctx, to, from, p)
	o.end(s.described(info, err), err)
	return info, err
}

func copyArgs(to, from string, p blob.Put) args {
	return args{Key: text(from), To: text(to), IfAbsent: p.IfAbsent}
}

// SignedURL implements [blob.Signer].
func (s *blobStore) SignedURL(ctx context.Context, method, key string, valid time.Duration) (string, error) {
	o := s.begin("sign", signArgs(method, key, valid))
	signed, err := s.inner.(blob.Signer).SignedURL(ctx, method, key, valid)
	o.end(result{URL: text(signed)}, err)
	return signed, err
}

func signArgs(method, key string, valid time.Duration) args {
	return args{Method: method, Key: text(key), Valid: span(valid)}
}

func pairsOf(m map[string]string) pairs {
	if m == nil {
		return nil
	}
	p := pairs{}
	for name, value := range m {
		p[name] = text(value)
	}
	return p
}
