package nats

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/kv"
)

// Deletions and expiries leave a mark for some time, for watches that begin after a revision. Marks take room: in a bucket with
// a quota what is deleted must soon be free.
const (
	remembered          = 24 * time.Hour
	rememberedWithQuota = time.Minute
)

// headroom is how much of the greatest message is left for headers.
const headroom = 1 << 10

// store is a bucket.
type store struct {
	conn      *conn
	stream    jetstream.Stream
	kv        jetstream.KeyValue // for watches
	prefix    string             // of the subjects
	remembers time.Duration      // how long marks live; 0 for ever
	limited   bool               // the bucket has a quota
	abilities kv.Abilities
}

// openBucket opens a bucket, and makes it if there is none. A bucket that exists is used as it is.
func (c *conn) openBucket(ctx context.Context, name string, storage jetstream.StorageType) (kv.Store, error) {
	bucket, err := c.js.KeyValue(ctx, name)
	if errors.Is(err, jetstream.ErrBucketNotFound) {
		bucket, err = c.makeBucket(ctx, name, storage)
	}
	if err != nil {
		return nil, coded(ctx, err)
	}
	stream, err := c.js.Stream(ctx, "KV_"+name)
	if err == nil {
		stream, err = c.limit(ctx, stream)
	}
	if err != nil {
		return nil, coded(ctx, err)
	}
	info := stream.CachedInfo().Config
	marks := time.Duration(0)
	if info.AllowMsgTTL {
		marks = cmp.Or(info.SubjectDeleteMarkerTTL, remembered)
	}
	return &store{conn: c, stream: stream, kv: bucket, prefix: "$KV." + name + ".", remembers: marks, limited: info.MaxBytes > 0, abilities: kv.Abilities{
		TTL:            info.AllowMsgTTL,
		Granularity:    time.Second,
		CompareAndSwap: true,
		Increment:      true,
		Watch:          true,
		Ordered:        true,
		Sorted:         true,
		ReadYourWrites: info.Replicas == 1 || !info.AllowDirect, // any replica may answer a direct get
		MaxValue:       int(c.nc.MaxPayload()) - headroom,
	}}, nil
}

// makeBucket makes a bucket with times to live if the server has them.
func (c *conn) makeBucket(ctx context.Context, name string, storage jetstream.StorageType) (jetstream.KeyValue, error) {
	config := jetstream.KeyValueConfig{Bucket: name, History: 1, Storage: storage, Replicas: c.replicas, LimitMarkerTTL: c.remembered(), MaxBytes: c.quota}
	bucket, err := c.js.CreateKeyValue(ctx, config)
	if errors.Is(err, jetstream.ErrLimitMarkerTTLNotSupported) {
		config.LimitMarkerTTL = 0
		bucket, err = c.js.CreateKeyValue(ctx, config)
	}
	if errors.Is(err, jetstream.ErrBucketExists) { // somebody was faster
		return c.js.KeyValue(ctx, name)
	}
	if err != nil || c.replicas == 1 {
		return bucket, err
	}
	stream, err := c.js.Stream(ctx, "KV_"+name)
	if err != nil {
		return nil, err
	}
	whole := stream.CachedInfo().Config
	whole.AllowDirect = false // the leader answers, which has seen every write
	if _, err = c.js.UpdateStream(ctx, whole); err != nil {
		return nil, err
	}
	return c.js.KeyValue(ctx, name)
}

// Abilities implements [kv.Store].
func (s *store) Abilities() kv.Abilities { return s.abilities }

// checkValue refuses a value that the server would.
func (s *store) checkValue(value []byte) error {
	if len(value) > s.abilities.MaxValue {
		return bindings.Errorf(bindings.ResourceExhausted, "the value must have at most %d bytes, not %d", s.abilities.MaxValue, len(value))
	}
	return nil
}
