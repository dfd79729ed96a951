package service

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/secret"
	"github.com/instrumentgo/instrument/internal/observe"
)

// Handler serves the methods of one service to clients of this package. It takes every path that
// ends in the interface's name and a method, so that it may be mounted anywhere.
type Handler struct {
	api       API
	methods   map[string]method
	watch     *observe.RPC
	most      int64
	tenants   bool
	tokens    []secret.Secret
	authorize []func(context.Context, *http.Request) (context.Context, error)
}

// method decodes its arguments, does its work, and encodes its results.
type method func(ctx context.Context, arguments []byte) (results []byte, err error)

// HandlerOption is an option of [NewHandler].
type HandlerOption func(*Handler)

// MaxBody sets the greatest size of a call's arguments, in bytes of JSON. The default is 4 MiB.
func MaxBody(bytes int64) HandlerOption { return func(h *Handler) { h.most = bytes } }

// Token lets only those call who send the secret as bearer token. Of several tokens, any will do,
// as while one is being replaced. An empty secret fits nobody.
func Token(token secret.Secret) HandlerOption {
	return func(h *Handler) { h.tokens = append(h.tokens, token) }
}

// Authorize asks a function about each request before it is read. The method's context is the one
// it returns, so that it can say who calls, or for which tenant ([bindings.WithTenant]). An error
// without a code is PermissionDenied. Several are asked in order, after [Token].
func Authorize(check func(ctx context.Context, r *http.Request) (context.Context, error)) HandlerOption {
	return func(h *Handler) { h.authorize = append(h.authorize, check) }
}

// Tenants takes the tenant that a call names for that of the method's context. It is right only
// where every caller is a service that has authenticated the tenant: say which those are by [Token]
// or [Authorize], or let nobody else reach the handler. Without it, a tenant that a call names is
// not looked at, and operations that need one fail.
func Tenants() HandlerOption { return func(h *Handler) { h.tenants = true } }

// NewHandler returns a handler without methods. Generated code calls it, and then [Handle] for
// each.
func NewHandler(api API, options ...HandlerOption) *Handler {
	h := &Handler{api: api, methods: map[string]method{}, most: bodyMost, watch: observe.NewRPC(system, api.Name, "", "", true)}
	for _, o := range options {
		o(h)
	}
	return h
}

// Handle lets a handler serve a method, which is called with arguments as an In. It panics if there
// is such a method already.
func Handle[In, Out any](h *Handler, name string, do func(ctx context.Context, in *In) (Out, error)) {
	if _, twice := h.methods[name]; twice {
		panic(fmt.Sprintf("service: method %s of %s is handled twice", name, h.api.Name))
	}
	h.methods[name] = func(ctx context.Context, arguments []byte) ([]byte, error) {
		var in In
		if err := decode(arguments, &in); err != nil {
			return nil, refuse(http.StatusBadRequest, bindings.Unknown, "decode arguments: %w", err)
		}
		out, err := do(ctx, &in)
		if err != nil {
			return nil, err
		}
		results, err := json.Marshal(out)
		if err != nil {
			return nil, bindings.Errorf(bindings.Unknown, "encode results: %w", err)
		}
		return results, nil
	}
}

// Path returns where the handler's methods are if it is mounted at the root of a host:
// "/example.com/shop/payments.Service/". It is a pattern of [http.ServeMux].
func (h *Handler) Path() string { return "/" + h.api.Name + "/" }

// decode decodes one JSON object and reports where it is wrong.
func decode(data []byte, pointer any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	err := d.Decode(pointer)
	if err == nil {
		if _, err := d.Token(); err != io.EOF {
			return fmt.Errorf("byte %d: there must be one JSON value", d.InputOffset())
		}
		return nil
	}
	if e, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Errorf("byte %d: %w", e.Offset, err)
	}
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fmt.Errorf("byte %d: %s must be a %v, not a %s", e.Offset, e.Field, e.Type, e.Value)
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("byte %d: the JSON ends too early", len(data))
	}
	return err
}

// refusal is the failure of a call that no method has seen.
type refusal struct {
	Failure
	status int
}

func (r *refusal) Error() string { return r.Message }

// refuse returns a refusal. Its message is as for fmt.Errorf.
func refuse(status int, code bindings.ErrorCode, format string, args ...any) error {
	return &refusal{Failure{Code: code, Message: fmt.Errorf(format, args...).Error()}, status}
}

// methodIn returns the method that a path ends in.
func (h *Handler) methodIn(path string) (string, bool) {
	i := strings.LastIndexByte(path, '/')
	if i < 0 || !strings.HasSuffix(path[:i+1], h.Path()) {
		return "", false
	}
	return path[i+1:], true
}

// permit asks who calls, and returns the context of the method.
func (h *Handler) permit(ctx context.Context, r *http.Request) (context.Context, error) {
	if len(h.tokens) > 0 {
		scheme, given, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		fits := func(t secret.Secret) bool { return t.Reveal() != "" && t.Equal(given) }
		if !strings.EqualFold(scheme, "Bearer") || !slices.ContainsFunc(h.tokens, fits) {
			return nil, refuse(http.StatusUnauthorized, bindings.PermissionDenied, "the call must have the service's token")
		}
	}
	for _, check := range h.authorize {
		checked, err := check(ctx, r)
		switch {
		case err != nil && bindings.Code(err) == bindings.Unknown:
			return nil, refuse(http.StatusForbidden, bindings.PermissionDenied, "%w", err)
		case err != nil:
			return nil, err
		case checked != nil:
			ctx = checked
		}
	}
	return ctx, nil
}

// None is what methods without arguments, or without results, take and return as they travel: an
// empty JSON object.
type None struct{}
