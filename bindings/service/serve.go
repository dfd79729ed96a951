package service

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net/http"
	"net/url"
	"runtime/debug"
	"strconv"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/internal/observe"
)

// ServeHTTP implements [http.Handler].
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name, ours := h.methodIn(r.URL.Path)
	do := h.methods[name]
	known := name
	if do == nil || !ours {
		known, do = observe.OtherMethod, nil
	}
	ctx := r.Context()
	if !trace.SpanContextFromContext(ctx).IsValid() { // nobody around the handler has done so
		ctx = otel.GetTextMapPropagator().Extract(ctx, propagation.HeaderCarrier(r.Header))
	}
	ctx, watch := h.watch.Begin(ctx, known, name)
	results, err := h.watched(ctx, w, r, ours, do, &watch)
	if err == nil {
		watch.End(observe.Outcome{Code: okName})
		reply(w, http.StatusOK, typeJSON, results)
		return
	}
	f, status := h.failure(err)
	watch.End(f.outcome())
	h.replyFailure(w, f, status)
}

// failure returns the error of a call as it travels, with its status.
func (h *Handler) failure(err error) (*Failure, int) {
	if r, ok := errors.AsType[*refusal](err); ok {
		return &r.Failure, r.status
	}
	f := failureOf(err, &h.api)
	return f, f.status()
}

func (h *Handler) replyFailure(w http.ResponseWriter, f *Failure, status int) {
	body, err := json.Marshal(f)
	if err != nil { // which a message and names cannot cause
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	switch status {
	case http.StatusUnauthorized:
		w.Header().Set("WWW-Authenticate", "Bearer")
	case http.StatusMethodNotAllowed:
		w.Header().Set("Allow", http.MethodPost)
	}
	if f.Later > 0 { // for what stands in between; the client goes by the body, which is exact
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(f.Later.Seconds()))))
	}
	reply(w, status, typeProblem, body)
}

func reply(w http.ResponseWriter, status int, mediaType string, body []byte) {
	w.Header().Set("Content-Type", mediaType)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(body) // who went away needs no answer
}

// outcome returns how telemetry sees the end of a server's call: only what the server is to blame
// for is an error there.
func (f *Failure) outcome() observe.Outcome {
	o := observe.Outcome{Code: codeName(f.Code)}
	blame := f.Code == bindings.Unknown && len(f.Names) == 0
	switch f.Code {
	case bindings.DeadlineExceeded, bindings.Unavailable, bindings.Unimplemented:
		blame = true
	}
	if blame {
		o.Type, o.Reason = f.errorType(), f.Message
	}
	return o
}

// watched answers, and ends the record of a call that is aborted.
func (h *Handler) watched(ctx context.Context, w http.ResponseWriter, r *http.Request, ours bool, do method,
	watch *observe.RPCCall) ([]byte, error) {
	defer func() {
		if p := recover(); p != nil {
			watch.End(observe.Outcome{Code: codeName(bindings.Unknown), Type: bindings.Unknown.ErrorType(), Reason: "aborted"})
			panic(p)
		}
	}()
	return h.answer(ctx, w, r, ours, do)
}

// answer does what a request asks for. do is nil if there is no such method.
func (h *Handler) answer(ctx context.Context, w http.ResponseWriter, r *http.Request, ours bool, do method) ([]byte, error) {
	ctx, err := h.permit(ctx, r)
	switch {
	case err != nil:
		return nil, err
	case !ours:
		return nil, refuse(http.StatusNotFound, bindings.Unimplemented, "%s is not served at %s", h.api.Name, r.URL.Path)
	case do == nil:
		return nil, refuse(http.StatusNotImplemented, bindings.Unimplemented, "%s has no method at %s", h.api.Name, r.URL.Path)
	case r.Method != http.MethodPost:
		return nil, refuse(http.StatusMethodNotAllowed, bindings.Unimplemented, "a call must be a POST, not a %s", r.Method)
	case !hasType(r.Header, typeJSON):
		return nil, refuse(http.StatusUnsupportedMediaType, bindings.FailedPrecondition, "arguments must be %s, not %q", typeJSON,
			r.Header.Get("Content-Type"))
	}
	ctx, cancel, err := h.context(ctx, r)
	if err != nil {
		return nil, err
	}
	defer cancel()
	arguments, err := h.arguments(w, r)
	if err != nil {
		return nil, err
	}
	return h.invoke(ctx, r, do, arguments)
}

// bodyTime bounds how long a client may take to send its arguments.
const bodyTime = 30 * time.Second

// arguments reads the body of a request, unless it is too big or comes too slowly.
func (h *Handler) arguments(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	big := func() error {
		return refuse(http.StatusRequestEntityTooLarge, bindings.ResourceExhausted, "arguments must have at most %d bytes", h.most)
	}
	if r.ContentLength > h.most {
		return nil, big()
	}
	connection := http.NewResponseController(w)
	if connection.SetReadDeadline(time.Now().Add(bodyTime)) == nil { // which not every server can
		defer connection.SetReadDeadline(time.Time{})
	}
	arguments, err := io.ReadAll(http.MaxBytesReader(w, r.Body, h.most))
	if err != nil {
		if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
			return nil, big()
		}
		return nil, refuse(http.StatusRequestTimeout, bindings.Canceled, "read arguments: %w", err)
	}
	return arguments, nil
}

// context returns the context of the method: with the caller's deadline and, where it is trusted,
// its tenant.
func (h *Handler) context(ctx context.Context, r *http.Request) (context.Context, context.CancelFunc, error) {
	if tenant := r.Header.Get(headerTenant); tenant != "" && h.tenants {
		name, err := url.QueryUnescape(tenant)
		if err != nil {
			return nil, nil, refuse(http.StatusBadRequest, bindings.Unknown, "parse header %s: %w", headerTenant, err)
		}
		ctx = bindings.WithTenant(ctx, name)
	}
	text := r.Header.Get(headerTimeout)
	if text == "" {
		return ctx, func() {}, nil
	}
	left, err := strconv.ParseInt(text, 10, 64)
	if err != nil || left < 0 {
		return nil, nil, refuse(http.StatusBadRequest, bindings.Unknown, "parse header %s: it must be a number of milliseconds, not %q",
			headerTimeout, text)
	}
	if left > int64(longest/time.Millisecond) {
		return ctx, func() {}, nil
	}
	ctx, cancel := context.WithTimeout(ctx, time.Duration(left)*time.Millisecond)
	return ctx, cancel, nil
}

// longest is a deadline that is none.
const longest = 365 * 24 * time.Hour

// invoke calls the method. If it panics, the panic is logged and the caller learns nothing about
// it; http.ErrAbortHandler goes on to the server, which is what it is for.
func (h *Handler) invoke(ctx context.Context, r *http.Request, do method, arguments []byte) (results []byte, err error) {
	defer func() {
		p := recover()
		switch {
		case p == nil:
			return
		case p == http.ErrAbortHandler:
			panic(p)
		}
		slog.ErrorContext(ctx, "service: method panicked", "path", r.URL.Path, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
		err = refuse(http.StatusInternalServerError, bindings.Unknown, "the method panicked")
	}()
	return do(ctx, arguments)
}
