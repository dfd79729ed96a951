package service

import (
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/internal/guard"
)

// Failure is the error of a method as it travels from one process to the other. In HTTP it is a
// problem document.
type Failure struct {
	Code    bindings.ErrorCode
	Message string
	Names   []string      // of those in API.Errors that the error matches, sorted
	Later   time.Duration // after which the call may be made again, by the method RetryAfter of the error; 0 if it says nothing
}

// Error returns the message.
func (f *Failure) Error() string { return f.Message }

// Unwrap returns the code, by which policies know whether a call may be tried again.
func (f *Failure) Unwrap() error { return f.Code }

// document is a Failure in JSON. Codes have the names that telemetry has.
type document struct {
	Code    string   `json:"code"`
	Message string   `json:"message"`
	Names   []string `json:"names,omitempty"`
	Later   float64  `json:"retryAfter,omitempty"` // seconds
}

// MarshalJSON implements [json.Marshaler].
func (f *Failure) MarshalJSON() ([]byte, error) {
	return json.Marshal(document{codeName(f.Code), f.Message, f.Names, f.Later.Seconds()})
}

// UnmarshalJSON implements [json.Unmarshaler]. A code that this side does not know is Unknown.
func (f *Failure) UnmarshalJSON(data []byte) error {
	var d document
	if err := json.Unmarshal(data, &d); err != nil {
		return err
	}
	if d.Code == "" {
		return errors.New("a failure must have a code")
	}
	*f = Failure{codeOf(d.Code), d.Message, d.Names, max(0, time.Duration(d.Later*float64(time.Second)))}
	return nil
}

// failureOf returns the error of a method as it travels.
func failureOf(err error, api *API) *Failure {
	f := &Failure{Code: guard.Code(err), Message: err.Error()}
	var later interface{ RetryAfter() time.Duration }
	if errors.As(err, &later) {
		f.Later = max(0, later.RetryAfter())
	}
	if own, ok := err.(*bindings.Error); ok && own.Op == "" && own.Err != nil {
		f.Message = own.Err.Error() // the other side adds the code again
	}
	for _, name := range slices.Sorted(maps.Keys(api.Errors)) {
		if errors.Is(err, api.Errors[name]) {
			f.Names = append(f.Names, name)
		}
	}
	return f
}

// remote is the error of a method in another process: its text, and the errors of the API that it
// matches.
type remote struct {
	*Failure
	matches []error
}

// Unwrap returns the errors of the API.
func (r *remote) Unwrap() []error { return r.matches }

// later is one that says when the call may be made again.
type later struct{ *remote }

// RetryAfter is what policies of the caller go by, and its web server.
func (l later) RetryAfter() time.Duration { return l.Later }

// Unwrap returns the error.
func (l later) Unwrap() error { return l.remote }

// ErrorType returns the name of the error, or its code's.
func (r *remote) ErrorType() string { return r.errorType() }

// errorType returns what telemetry calls a failure.
func (f *Failure) errorType() string {
	if len(f.Names) > 0 {
		return f.Names[0]
	}
	return f.Code.ErrorType()
}

// codeName returns the name of a code: that of telemetry, which is "_OTHER" for Unknown.
func codeName(c bindings.ErrorCode) string {
	if c == bindings.Unknown {
		return "unknown"
	}
	return c.ErrorType()
}

func codeOf(name string) bindings.ErrorCode {
	for c := bindings.NotFound; c.ErrorType() != bindings.Unknown.ErrorType(); c++ {
		if c.ErrorType() == name {
			return c
		}
	}
	return bindings.Unknown
}

// status returns the HTTP status of a failure, for what stands between the two processes and for
// those who look on. The client goes by the code.
func (f *Failure) status() int {
	switch f.Code {
	case bindings.NotFound:
		return http.StatusNotFound
	case bindings.AlreadyExists:
		return http.StatusConflict
	case bindings.FailedPrecondition:
		return http.StatusPreconditionFailed
	case bindings.PermissionDenied:
		return http.StatusForbidden
	case bindings.ResourceExhausted:
		return http.StatusTooManyRequests
	case bindings.Unavailable:
		return http.StatusServiceUnavailable
	case bindings.DeadlineExceeded:
		return http.StatusGatewayTimeout
	case bindings.Canceled:
		return statusCanceled
	case bindings.Unimplemented:
		return http.StatusNotImplemented
	}
	if len(f.Names) > 0 { // the service says what it means to say
		return http.StatusUnprocessableEntity
	}
	return http.StatusInternalServerError
}

// statusCanceled is what proxies log for a client that went away.
const statusCanceled = 499

// codeOfStatus returns the code of an answer that is not a handler's of this package.
func codeOfStatus(status int) bindings.ErrorCode {
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusProxyAuthRequired:
		return bindings.PermissionDenied
	case http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusNotImplemented:
		return bindings.Unimplemented // somebody else is there
	case http.StatusRequestEntityTooLarge, http.StatusTooManyRequests:
		return bindings.ResourceExhausted
	case http.StatusRequestTimeout, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return bindings.Unavailable
	}
	return bindings.Unknown
}
