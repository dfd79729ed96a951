package nats

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nuid"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/blob"
)

const (
	chunkSize = 128 << 10 // as package jetstream has it
	inFlight  = 16        // chunks that are sent and not yet answered
)

// Put implements [blob.Store]: the chunks under a new subject, then the description, which makes
// the object visible.
func (o *objects) Put(ctx context.Context, key string, r io.Reader, p blob.Put) (blob.Info, error) {
	info := jetstream.ObjectInfo{Bucket: o.bucket, NUID: nuid.Next(), ObjectMeta: jetstream.ObjectMeta{
		Name: nameOf(key), Metadata: p.Metadata, Opts: &jetstream.ObjectMetaOptions{ChunkSize: chunkSize}}}
	if p.ContentType != "" {
		info.Headers = nats.Header{contentType: {p.ContentType}}
	}
	before, err := o.describe(ctx, key)
	if err == nil && before.exists && p.IfAbsent {
		return blob.Info{}, bindings.AlreadyExists
	}
	if err == nil {
		err = o.send(ctx, r, &info)
	}
	if err == nil {
		before, err = o.publish(ctx, key, &info, before, p.IfAbsent)
	}
	if err != nil {
		o.forget(ctx, info.NUID)
		return blob.Info{}, err
	}
	if before.exists {
		o.forget(ctx, before.info.NUID)
	}
	info.ModTime = time.Now()
	return infoOf(key, &info), nil
}

// send sends what r holds in chunks, and completes the description.
func (o *objects) send(ctx context.Context, r io.Reader, info *jetstream.ObjectInfo) error {
	digest := sha256.New()
	var waiting []jetstream.PubAckFuture
	for done := false; !done; {
		data := make([]byte, chunkSize) // the client keeps it until it is answered
		n, err := io.ReadFull(r, data)
		if done = errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF); err != nil && !done {
			return err
		}
		if n > 0 {
			f, err := o.conn.js.PublishMsgAsync(&nats.Msg{Subject: o.chunks(info.NUID), Data: data[:n]})
			if err != nil {
				return coded(ctx, err)
			}
			waiting = append(waiting, f)
			digest.Write(data[:n])
			info.Size += uint64(n)
			info.Chunks++
		}
		for len(waiting) >= inFlight || done && len(waiting) > 0 {
			if err := answered(ctx, waiting[0]); err != nil {
				return err
			}
			waiting = waiting[1:]
		}
	}
	info.Digest = "SHA-256=" + base64.URLEncoding.EncodeToString(digest.Sum(nil))
	return nil
}

// answered waits until the server has answered that it has stored a message.
func answered(ctx context.Context, f jetstream.PubAckFuture) error {
	select {
	case <-f.Ok():
		return nil
	case err := <-f.Err():
		return coded(ctx, err)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// publish publishes a description in the place of the one before, and returns which that was in the
// end: each writer removes the chunks of the one that it has replaced, so that none are left.
func (o *objects) publish(ctx context.Context, key string, info *jetstream.ObjectInfo, before described, ifAbsent bool) (described, error) {
	data, err := json.Marshal(info)
	if err != nil {
		return before, bindings.Errorf(bindings.Unknown, "encode description: %w", err)
	}
	for {
		msg := &nats.Msg{Subject: o.description(key), Data: data, Header: nats.Header{jetstream.MsgRollup: {jetstream.MsgRollupSubject}}}
		_, err := o.conn.js.PublishMsg(ctx, msg, jetstream.WithExpectLastSequencePerSubject(before.sequence))
		if !stale(err) {
			return before, coded(ctx, err)
		}
		if before, err = o.describe(ctx, key); err != nil {
			return before, err
		}
		if ifAbsent && before.exists {
			return before, bindings.AlreadyExists
		}
	}
}

// forget removes chunks that nobody needs. If that fails they take space, and do no other harm.
func (o *objects) forget(ctx context.Context, id string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	_ = o.stream.Purge(ctx, jetstream.WithPurgeSubject(o.chunks(id)))
}
