package record

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/blob"
	"github.com/instrumentgo/instrument/bindings/config"
	"github.com/instrumentgo/instrument/bindings/kv"
	"github.com/instrumentgo/instrument/bindings/lock"
	"github.com/instrumentgo/instrument/bindings/secret"
	"github.com/instrumentgo/instrument/bindings/topic"
)

// replayConn is a connection to a recording.
type replayConn struct{ replay *Replay }

// Ping implements [bindings.Conn].
func (c replayConn) Ping(context.Context) error { return nil }

// Close implements [bindings.Conn].
func (c replayConn) Close(context.Context) error { return nil }

// opened returns a store of the recording, and how it was opened.
func (c replayConn) opened(kind bindings.Kind, of bindings.Space) (replayStore, *answer, error) {
	s := replayStore{c.replay, storeKey{kind, of.Binding, of.Tenant}}
	opened := c.replay.opens[s.storeKey]
	if opened == nil {
		err := c.replay.unopened(s.storeKey)
		c.replay.mu.Lock()
		defer c.replay.mu.Unlock()
		c.replay.missing = append(c.replay.missing, err)
		return s, nil, err
	}
	return s, opened, opened.Error.err()
}

// open returns a store of the recording, and sets what it declares.
func (c replayConn) open(kind bindings.Kind, of bindings.Space, abilities any) (replayStore, *answer, error) {
	s, opened, err := c.opened(kind, of)
	if err != nil {
		return s, nil, err
	}
	if err := json.Unmarshal(opened.Result.Abilities, abilities); err != nil {
		return s, nil, fmt.Errorf("read recording: abilities of %s: %w", of.Binding, err)
	}
	return s, opened, nil
}

// unopened says that a store is not of the recording.
func (r *Replay) unopened(store storeKey) error {
	var names []string
	for other := range maps.Keys(r.opens) {
		names = append(names, describe(other, "open", args{}))
	}
	slices.Sort(names)
	has := "nothing"
	if len(names) > 0 {
		has = strings.Join(names, ", ")
	}
	return bindings.Errorf(bindings.FailedPrecondition, "the recording has no %s: it has %s", describe(store, "open", args{}), has)
}

// OpenKV implements [kv.Opener].
func (c replayConn) OpenKV(_ context.Context, of bindings.Space) (kv.Store, error) {
	var a kvAbilities
	s, opened, err := c.open(bindings.KV, of, &a)
	if err != nil {
		return nil, err
	}
	store := &kvReplay{s, kv.Abilities(a)}
	get, set := hasMany(opened.Result.Many)
	return withMany(store, store, store, get, set), nil
}

// OpenTopic implements [topic.Opener].
func (c replayConn) OpenTopic(_ context.Context, of bindings.Space, _ time.Duration) (topic.Store, error) {
	var a topicAbilities
	s, _, err := c.open(bindings.Topic, of, &a)
	if err != nil {
		return nil, err
	}
	return &topicReplay{s, topic.Abilities(a)}, nil
}

// OpenLock implements [lock.Opener].
func (c replayConn) OpenLock(_ context.Context, of bindings.Space) (lock.Store, error) {
	var a lockAbilities
	s, _, err := c.open(bindings.Lock, of, &a)
	if err != nil {
		return nil, err
	}
	return &lockReplay{s, lock.Abilities(a)}, nil
}

// OpenBlob implements [blob.Opener].
func (c replayConn) OpenBlob(_ context.Context, of bindings.Space) (blob.Store, error) {
	var a blobAbilities
	s, _, err := c.open(bindings.Blob, of, &a)
	if err != nil {
		return nil, err
	}
	return &blobReplay{s, blob.Abilities(a)}, nil
}

// OpenSecret implements [secret.Opener].
func (c replayConn) OpenSecret(_ context.Context, of bindings.Space) (secret.Store, error) {
	var a documentAbilities
	s, _, err := c.open(bindings.Secret, of, &a)
	if err != nil {
		return nil, err
	}
	return &documentReplay{s, secret.Abilities(a), secretData}, nil
}

// OpenConfig implements [config.Opener].
func (c replayConn) OpenConfig(_ context.Context, of bindings.Space) (config.Store, error) {
	var a documentAbilities
	s, _, err := c.open(bindings.Config, of, &a)
	if err != nil {
		return nil, err
	}
	return &documentReplay{s, config.Abilities(a), configData}, nil
}

// ReadSecret implements [bindings.SecretConn].
func (c replayConn) ReadSecret(_ context.Context, of bindings.Space) (value, version string, err error) {
	r, err := replayStore{c.replay, storeKey{bindings.Secret, of.Binding, of.Tenant}}.ask("read", args{})
	if err != nil {
		return "", "", err
	}
	return string(r.Result.Text), string(r.Result.Version), r.Error.err()
}
