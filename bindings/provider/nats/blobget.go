package nats

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"hash"
	"io"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/blob"
)

// Get implements [blob.Store].
func (o *objects) Get(ctx context.Context, key string, part blob.Range) (io.ReadCloser, blob.Info, error) {
	d, err := o.describe(ctx, key)
	if err != nil {
		return nil, blob.Info{}, err
	}
	if !d.exists {
		return nil, blob.Info{}, bindings.NotFound
	}
	info := infoOf(key, &d.info)
	offset, length, err := part.Check(info.Size)
	if err != nil {
		return nil, blob.Info{}, err
	}
	r := &reader{ctx: ctx, objects: o, subject: o.chunks(d.info.NUID), next: 1, skip: offset, left: length}
	if length == info.Size {
		r.digest, r.want = sha256.New(), d.info.Digest
	}
	return r, info, nil
}

// reader reads an object chunk by chunk.
type reader struct {
	ctx     context.Context
	objects *objects
	subject string
	next    uint64 // the chunk is the first one from this sequence on
	chunk   []byte // what is left of the last one
	skip    int64  // bytes to leave out
	left    int64  // bytes to return

	digest hash.Hash // of a whole object, else nil
	want   string
}

// Read implements [io.Reader].
func (r *reader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	if r.left == 0 {
		return 0, r.end()
	}
	for len(r.chunk) == 0 {
		if err := r.fetch(); err != nil {
			return 0, err
		}
	}
	n := copy(p[:min(int64(len(p)), r.left)], r.chunk)
	r.chunk, r.left = r.chunk[n:], r.left-int64(n)
	if r.digest != nil {
		r.digest.Write(p[:n])
	}
	return n, nil
}

// fetch reads the next chunk, and leaves out what is to be skipped.
func (r *reader) fetch() error {
	raw, err := r.objects.stream.GetMsg(r.ctx, r.next, jetstream.WithGetMsgSubject(r.subject))
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return bindings.Errorf(bindings.Unavailable, "the object was replaced or deleted while it was read")
	}
	if err != nil {
		return coded(r.ctx, err)
	}
	r.next = raw.Sequence + 1
	skip := min(r.skip, int64(len(raw.Data)))
	r.chunk, r.skip = raw.Data[skip:], r.skip-skip
	return nil
}

// end checks the digest of a whole object.
func (r *reader) end() error {
	if r.digest == nil {
		return io.EOF
	}
	want, err := jetstream.DecodeObjectDigest(r.want)
	if err != nil || !bytes.Equal(want, r.digest.Sum(nil)) {
		return bindings.Errorf(bindings.Unknown, "the object is damaged: its digest is SHA-256=%s, not %s",
			base64.URLEncoding.EncodeToString(r.digest.Sum(nil)), r.want)
	}
	return io.EOF
}

// Close implements [io.Closer].
func (r *reader) Close() error { return nil }
