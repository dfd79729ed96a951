package nats

import (
	"cmp"
	"context"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/kv"
)

// Deletions and expiries leave a mark for some time, for watches that begin after a revision. Marks
// take room: in a bucket with a quota what is deleted must soon be free.
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
	clock     *clock
	prefix    string        // of the subjects
	remembers time.Duration // how long marks live; 0 for ever
	limited   bool          // the bucket has a quota
	replicas  int           // servers that have the bucket
	abilities kv.Abilities

	suspected, lost atomic.Bool // somebody asks whether the bucket is there; it is not
}

// openBucket opens a bucket, and makes it if there is none.
func (c *conn) openBucket(ctx context.Context, name string, storage jetstream.StorageType) (kv.Store, error) {
	stream, err := c.ensureStream(ctx, c.bucket(name, storage))
	if err != nil {
		return nil, coded(ctx, err)
	}
	bucket, err := agreed(ctx, stream.CachedInfo().Config.Replicas, func() (jetstream.KeyValue, error) { return c.js.KeyValue(ctx, name) })
	if err != nil {
		return nil, coded(ctx, err)
	}
	info := stream.CachedInfo().Config
	marks := time.Duration(0)
	if info.AllowMsgTTL {
		marks = cmp.Or(info.SubjectDeleteMarkerTTL, remembered)
	}
	return &store{conn: c, stream: stream, kv: bucket, clock: &clock{stream: "KV_" + name}, prefix: "$KV." + name + ".", remembers: marks, limited: info.MaxBytes > 0,
		replicas: info.Replicas, abilities: kv.Abilities{
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

// bucket describes the stream of a bucket that is made: as package jetstream makes it, but that of
// several replicas only the leader answers, which has seen every write. Package jetstream could not
// make it so in one step, and two programs that make a bucket at once would meet between. An older
// server does not know of times to live and drops them.
func (c *conn) bucket(name string, storage jetstream.StorageType) jetstream.StreamConfig {
	return jetstream.StreamConfig{
		Name: "KV_" + name, Subjects: []string{"$KV." + name + ".>"}, Storage: storage, Replicas: c.replicas,
		MaxMsgsPerSubject: 1, MaxMsgs: -1, MaxConsumers: -1, MaxBytes: cmp.Or(c.quota, -1), Discard: jetstream.DiscardNew,
		AllowRollup: true, DenyDelete: true, AllowDirect: c.replicas == 1, AllowMsgTTL: true, SubjectDeleteMarkerTTL: c.remembered(),
	}
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
