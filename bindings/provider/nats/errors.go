package nats

import (
	"context"
	"errors"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/internal/vanished"
)

// codes of what JetStream refuses, by its own numbers, where package jetstream has no names for
// them.
const (
	errMemory   jetstream.ErrorCode = 10028 // memory of the account is exceeded
	errStorage  jetstream.ErrorCode = 10047 // storage of the server
	errStore    jetstream.ErrorCode = 10077 // a stream cannot store: its bytes or the account's are exceeded
	errAccount  jetstream.ErrorCode = 10002 // resource limits of the account
	errInsuff   jetstream.ErrorCode = 10023 // insufficient resources
	errExceeded jetstream.ErrorCode = 10120 // maximum bytes of the account
)

// coded returns a client's error with its code. The client has timeouts of its own where ctx has
// none, and reports them as it reports ctx.
func coded(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, jetstream.ErrKeyNotFound), errors.Is(err, jetstream.ErrMsgNotFound), errors.Is(err, jetstream.ErrObjectNotFound):
		return bindings.NotFound
	case errors.Is(err, nats.ErrMaxPayload), errors.Is(err, jetstream.ErrStreamMessageExceedsMaximum):
		return bindings.Errorf(bindings.ResourceExhausted, "%w", err)
	case errors.Is(err, nats.ErrAuthorization), errors.Is(err, nats.ErrAuthExpired), errors.Is(err, nats.ErrPermissionViolation):
		return bindings.Errorf(bindings.PermissionDenied, "%w", err)
	}
	if own, ok := errors.AsType[*bindings.Error](err); ok {
		return own
	}
	if streamless(err) {
		return bindings.Errorf(bindings.Unavailable, "%w", vanished.Mark(err))
	}
	if api, ok := errors.AsType[*jetstream.APIError](err); ok {
		return bindings.Errorf(answer(api), "%w", err)
	}
	return bindings.Errorf(bindings.Unavailable, "%v", err) // no answer; not %w, since it may match a context's error
}

// streamless reports whether the stream of a store is not there. It was when the store was opened;
// a cluster that elects a leader may say so too.
func streamless(err error) bool {
	api, ok := errors.AsType[*jetstream.APIError](err)
	return ok && api.ErrorCode == jetstream.JSErrCodeStreamNotFound || unknown(err) ||
		errors.Is(err, jetstream.ErrNoStreamResponse) || errors.Is(err, nats.ErrNoResponders)
}

// answer returns the code of what a server answers.
func answer(err *jetstream.APIError) bindings.ErrorCode {
	switch err.ErrorCode {
	case errMemory, errStorage, errStore, errAccount, errInsuff, errExceeded:
		return bindings.ResourceExhausted
	case jetstream.JSErrCodeStreamWrongLastSequence, jetstream.JSErrCodeStreamWrongLastSequenceConstant:
		return bindings.FailedPrecondition
	}
	if err.Code >= 500 {
		return bindings.Unavailable
	}
	return bindings.Unknown
}

// stale reports whether a write failed because the subject has another revision than was expected.
func stale(err error) bool {
	api, ok := errors.AsType[jetstream.JetStreamError](err)
	if !ok || api.APIError() == nil {
		return false
	}
	code := api.APIError().ErrorCode
	return code == jetstream.JSErrCodeStreamWrongLastSequence || code == jetstream.JSErrCodeStreamWrongLastSequenceConstant
}
