package blob

import (
	"bytes"
	"context"
	"io"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/internal/access"
)

// Put writes an object from a reader, whole or not at all, and returns its description. Options:
// [ContentType], [Metadata], [IfAbsent].
func (b Bucket) Put(ctx context.Context, key string, r io.Reader, options ...PutOption) (Info, error) {
	c, err := b.access.Begin(ctx, "put")
	if err != nil {
		return Info{}, err
	}
	defer c.Unwind()
	o, err := putOf(&c, key, options)
	if err != nil {
		return Info{}, c.End(err)
	}
	info, err := c.Store.Put(c.Ctx, key, &watched{c.Ctx, r}, o)
	return info, c.End(err)
}

// watched is a reader that fails when its context ends, so that a provider which only reads
// notices.
type watched struct {
	ctx context.Context
	r   io.Reader
}

// Read implements [io.Reader].
func (w *watched) Read(p []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	return w.r.Read(p)
}

// WriteAll writes an object that is in memory. Options: as of [Bucket.Put].
func (b Bucket) WriteAll(ctx context.Context, key string, data []byte, options ...PutOption) (Info, error) {
	return b.Put(ctx, key, bytes.NewReader(data), options...)
}

// Copy writes an object that is the same as another, with its content type and metadata. Its error
// is NotFound if there is none. Option: [IfAbsent].
func (b Bucket) Copy(ctx context.Context, to, from string, options ...PutOption) (Info, error) {
	c, err := b.access.Begin(ctx, "copy")
	if err != nil {
		return Info{}, err
	}
	defer c.Unwind()
	o, err := putOf(&c, to, options)
	if err == nil {
		err = checkKey(from)
	}
	if err != nil {
		return Info{}, c.End(err)
	}
	info, err := copyObject(&c, to, from, o)
	return info, c.End(err)
}

// copyObject lets the store copy, or does so through this process.
func copyObject(c *access.Call[Store], to, from string, o Put) (Info, error) {
	if copier, ok := c.Store.(Copier); ok && c.Store.Abilities().Copy {
		return copier.Copy(c.Ctx, to, from, o)
	}
	body, info, err := c.Store.Get(c.Ctx, from, whole)
	if err != nil {
		return Info{}, err
	}
	defer body.Close()
	o.ContentType, o.Metadata = info.ContentType, info.Metadata
	return c.Store.Put(c.Ctx, to, body, o)
}

// putOf returns what the options ask for, if key can be written so.
func putOf(c *access.Call[Store], key string, options []PutOption) (Put, error) {
	var o Put
	for _, option := range options {
		option(&o)
	}
	if o.IfAbsent && !c.Store.Abilities().IfAbsent {
		return o, access.Lacks("if absent")
	}
	return o, checkKey(key)
}

// Delete deletes an object. It is not an error if there is none.
func (b Bucket) Delete(ctx context.Context, key string) error {
	c, err := b.access.Begin(ctx, "delete")
	if err != nil {
		return err
	}
	defer c.Unwind()
	if err := checkKey(key); err != nil {
		return c.End(err)
	}
	return c.End(c.Store.Delete(c.Ctx, key))
}

// SignedURL returns a URL with which anyone may GET or PUT an object, as method says, for some
// time. It does not check whether the object exists.
func (b Bucket) SignedURL(ctx context.Context, method, key string, valid time.Duration) (string, error) {
	c, err := b.access.Begin(ctx, "sign")
	if err != nil {
		return "", err
	}
	defer c.Unwind()
	signer, ok := c.Store.(Signer)
	switch {
	case !ok || !c.Store.Abilities().SignedURL:
		return "", c.End(access.Lacks("signed urls"))
	case method != "GET" && method != "PUT":
		err = bindings.Errorf(bindings.FailedPrecondition, "the method must be GET or PUT, not %q", method)
	case valid <= 0:
		err = bindings.Errorf(bindings.FailedPrecondition, "the time must be positive, not %v", valid)
	default:
		err = checkKey(key)
	}
	if err != nil {
		return "", c.End(err)
	}
	signed, err := signer.SignedURL(c.Ctx, method, key, valid)
	return signed, c.End(err)
}
