package bindings

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"
)

// Rotates reports whether something of the target is a secret, which may be replaced while the
// program runs.
func (t Target) Rotates() bool { return t.fresh != nil }

// Fresh returns the target with its secrets as they are now. A provider asks for it whenever it
// connects, so that a password, a token or a certificate may be replaced without a restart. A
// secret that cannot be read is as it was when it was read last, which is logged.
func (t Target) Fresh(ctx context.Context) Target {
	if t.fresh == nil {
		return t
	}
	return t.fresh(ctx, 0)
}

// Recent is Fresh for what is asked for often, as a token that each call sends: secrets are as they
// were at most a second ago.
func (t Target) Recent(ctx context.Context) Target {
	if t.fresh == nil {
		return t
	}
	return t.fresh(ctx, time.Second)
}

// rotating is a secret that bindings refer to.
type rotating struct {
	name    string // of its binding
	read    func(ctx context.Context) (string, error)
	last    atomic.Pointer[reading]
	reading chan struct{} // holds a token, which whoever reads takes
	failing bool          // of whoever has the token: that it cannot be read is logged
}

// reading is what a secret was.
type reading struct {
	text  string
	began time.Time // of reading it
}

var errEmptySecret = errors.New("the secret must not be empty")

// readRotating reads a secret for the first time.
func readRotating(ctx context.Context, name string, read func(context.Context) (string, error)) (*rotating, error) {
	r := &rotating{name: name, reading: make(chan struct{}, 1), read: func(ctx context.Context) (string, error) {
		text, err := read(ctx)
		if err == nil && text == "" {
			err = errEmptySecret
		}
		return text, err
	}}
	began := time.Now()
	text, err := r.read(ctx)
	r.last.Store(&reading{text, began})
	r.reading <- struct{}{}
	return r, err
}

// get returns the secret as it was at most an age ago; what others read meanwhile will do.
func (r *rotating) get(ctx context.Context, age time.Duration) string {
	since := time.Now().Add(-age)
	if last := r.last.Load(); age > 0 && last.began.After(since) {
		return last.text
	}
	select {
	case <-ctx.Done():
		return r.last.Load().text
	case <-r.reading:
	}
	defer func() { r.reading <- struct{}{} }()
	last := r.last.Load()
	if last.began.After(since) {
		return last.text
	}
	began := time.Now()
	text, err := r.read(ctx)
	if err != nil {
		if !r.failing && ctx.Err() == nil {
			slog.WarnContext(ctx, "a secret cannot be read again, and stays as it was", "secret", r.name, "error", err)
			r.failing = true
		}
		text = last.text
	} else {
		r.failing = false
	}
	r.last.Store(&reading{text, began})
	return text
}
