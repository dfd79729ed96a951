// # Configuration
//
//	limits: nats://bus.internal:4222
//
// A configuration is the entry "document" of its binding's bucket. Whoever operates a server writes
// it with that server's tool, of binding limits of service orders:
//
//	nats kv put orders__limits document '{"PerSecond": 5}'
//
// and a program, which an embedded server needs, by opening the same binding as kv with the codec
// [bindings.Raw].
package nats

import (
	"context"
	"strconv"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/config"
	"github.com/instrumentgo/instrument/bindings/kv"
)

// documentKey is the entry that holds a configuration.
const documentKey = "document"

// lookAgain is how often a watch polls, because NATS does not notify it when a bucket is deleted
// and recreated.
const lookAgain = 10 * time.Second

// document is the configuration of a space. Its version is the revision of the entry.
type document struct{ bucket *store }

// OpenConfig implements [config.Opener].
func (c *conn) OpenConfig(ctx context.Context, space bindings.Space) (config.Store, error) {
	return documentOf(c.OpenKV(ctx, space))
}

// OpenConfig implements [config.Opener].
func (e *embedded) OpenConfig(ctx context.Context, space bindings.Space) (config.Store, error) {
	return documentOf(e.OpenKV(ctx, space))
}

func documentOf(bucket kv.Store, err error) (config.Store, error) {
	if err != nil {
		return nil, err
	}
	return document{bucket.(*store)}, nil
}

// Abilities implements [config.Store].
func (d document) Abilities() config.Abilities { return config.Abilities{Version: true, Watch: true} }

// Get implements [config.Store].
func (d document) Get(ctx context.Context) (data []byte, version string, err error) {
	r, err := d.bucket.Get(ctx, documentKey)
	if err != nil {
		return nil, "", err
	}
	return r.Value, versionOf(r.Revision), nil
}

func versionOf(r kv.Revision) string { return strconv.FormatUint(uint64(r), 10) }

// Changed implements [config.Watcher].
func (d document) Changed(ctx context.Context, seen string) error {
	w, err := d.bucket.kv.Watch(ctx, documentKey)
	if err != nil {
		return coded(ctx, err)
	}
	defer stop(w)
	again := time.NewTicker(lookAgain)
	defer again.Stop()
	version := ""
	for initial := true; initial || version == seen; {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case e, ok := <-w.Updates():
			switch {
			case !ok:
				return bindings.Errorf(bindings.Unavailable, "the connection was closed")
			case e == nil: // that was all there is
				initial = false
			case e.Operation() == jetstream.KeyValuePut:
				version = versionOf(kv.Revision(e.Revision()))
			default:
				version = ""
			}
		case <-again.C:
			if _, version, err = d.Get(ctx); err != nil && bindings.Code(err) != bindings.NotFound {
				return err
			}
			initial = false
		}
	}
	return nil
}
