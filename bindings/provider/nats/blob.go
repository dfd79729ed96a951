package nats

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/blob"
)

// objects is an object store of JetStream: a stream with a message of description for each object,
// and its chunks under a subject of their own. Other tools can read it. Package jetstream's own Get
// ends after five seconds where the context has no deadline, and its Put cannot tell whether there
// is an object; so both are done here.
type objects struct {
	conn   *conn
	stream jetstream.Stream
	all    jetstream.ObjectStore // for lists
	bucket string
}

// OpenBlob implements [blob.Opener].
func (c *conn) OpenBlob(ctx context.Context, space bindings.Space) (blob.Store, error) {
	return c.openObjects(ctx, space.Name(), jetstream.FileStorage)
}

// OpenBlob implements [blob.Opener].
func (e *embedded) OpenBlob(ctx context.Context, space bindings.Space) (blob.Store, error) {
	c, bucket, err := e.space(space)
	if err != nil {
		return nil, err
	}
	return c.openObjects(ctx, bucket, e.storage())
}

// openObjects opens an object store, and makes it if there is none.
func (c *conn) openObjects(ctx context.Context, name string, storage jetstream.StorageType) (blob.Store, error) {
	// As package jetstream makes it, but that of several replicas only the leader answers, which
	// has seen every write.
	stream, err := c.ensureStream(ctx, jetstream.StreamConfig{
		Name: "OBJ_" + name, Subjects: []string{"$O." + name + ".C.>", "$O." + name + ".M.>"}, Storage: storage, Replicas: c.replicas,
		MaxBytes: cmp.Or(c.quota, -1), Discard: jetstream.DiscardNew, AllowRollup: true, AllowDirect: c.replicas == 1,
	})
	if err != nil {
		return nil, coded(ctx, err)
	}
	all, err := agreed(ctx, c.replicas, func() (jetstream.ObjectStore, error) { return c.js.ObjectStore(ctx, name) })
	if err != nil {
		return nil, coded(ctx, err)
	}
	return &objects{c, stream, all, name}, nil
}

// Abilities implements [blob.Store].
func (o *objects) Abilities() blob.Abilities {
	info := o.stream.CachedInfo().Config
	return blob.Abilities{IfAbsent: true, Sorted: true, ReadYourWrites: info.Replicas == 1 || !info.AllowDirect}
}

// nameOf returns the name of an object, which JSON must be able to hold.
func nameOf(key string) string {
	if utf8.ValidString(key) {
		return "t" + key
	}
	return "x" + hex.EncodeToString([]byte(key))
}

// keyOfName is the reverse of nameOf, and false for what was not written by this package.
func keyOfName(name string) (string, bool) {
	if key, ok := strings.CutPrefix(name, "t"); ok {
		return key, true
	}
	text, ok := strings.CutPrefix(name, "x")
	key, err := hex.DecodeString(text)
	return string(key), ok && err == nil
}

func (o *objects) chunks(id string) string { return "$O." + o.bucket + ".C." + id }

func (o *objects) description(key string) string {
	return "$O." + o.bucket + ".M." + base64.URLEncoding.EncodeToString([]byte(nameOf(key)))
}

// described is the last description of a key.
type described struct {
	info     jetstream.ObjectInfo
	sequence uint64 // 0 if there never was one
	exists   bool
}

func (o *objects) describe(ctx context.Context, key string) (described, error) {
	raw, err := lastOf(ctx, o.stream, o.description(key))
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return described{}, nil
	}
	if err != nil {
		return described{}, coded(ctx, err)
	}
	d := described{sequence: raw.Sequence}
	if err := json.Unmarshal(raw.Data, &d.info); err != nil {
		return d, bindings.Errorf(bindings.Unknown, "decode description: %w", err)
	}
	d.info.ModTime, d.exists = raw.Time, !d.info.Deleted
	return d, nil
}

// contentType is the header of a description that holds the media type.
const contentType = "Content-Type"

// infoOf returns a description as package blob has it.
func infoOf(key string, info *jetstream.ObjectInfo) blob.Info {
	return blob.Info{Key: key, Size: int64(info.Size), ContentType: info.Headers.Get(contentType), Metadata: info.Metadata,
		Modified: info.ModTime, ETag: info.NUID}
}

// Stat implements [blob.Store].
func (o *objects) Stat(ctx context.Context, key string) (blob.Info, error) {
	d, err := o.describe(ctx, key)
	if err != nil {
		return blob.Info{}, err
	}
	if !d.exists {
		return blob.Info{}, bindings.NotFound
	}
	return infoOf(key, &d.info), nil
}

// Delete implements [blob.Store]. The description goes first: from then on nobody begins to read
// the chunks.
func (o *objects) Delete(ctx context.Context, key string) error {
	d, err := o.describe(ctx, key)
	if err != nil || !d.exists {
		return err
	}
	if err := o.stream.Purge(ctx, jetstream.WithPurgeSubject(o.description(key)), jetstream.WithPurgeSequence(d.sequence+1)); err != nil {
		return coded(ctx, err)
	}
	return coded(ctx, o.stream.Purge(ctx, jetstream.WithPurgeSubject(o.chunks(d.info.NUID))))
}
