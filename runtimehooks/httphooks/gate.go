package httphooks

import (
	"context"
	"errors"
	"net/http"

	"github.com/instrumentgo/instrument/runtimehooks"
)

// Limit asks the limiter of the key, or that of calls without one, whether the call may begin. If
// not, it answers the request with 429 and Retry-After and returns false, and the handler returns.
func (c *Call) Limit(key runtimehooks.Key) bool {
	var err error
	return c.policies.Limit(&err, key) || c.refuse(err)
}

// Authorize takes what the function that authz asks has returned. If that is an error, it answers
// the request with 403, or with 401 and a challenge if the error matches
// [runtimehooks.ErrUnauthenticated], and returns false, and the handler returns.
func (c *Call) Authorize(verdict error) bool {
	var err error
	return c.policies.Authorize(&err, verdict) || c.refuse(err)
}

// Validate takes what the function that validate asks has returned. If that is an error, it answers
// the request with 400 and returns false, and the handler returns.
func (c *Call) Validate(verdict error) bool {
	var err error
	return c.policies.Validate(&err, verdict) || c.refuse(err)
}

// Keyed picks the breaker of the key for this call.
func (c *Call) Keyed(key runtimehooks.Key) { c.policies.Keyed(key) }

// Key returns the key without parts, as (*runtimehooks.Call).Key does.
func (c *Call) Key() runtimehooks.Key { return c.policies.Key() }

// Allow asks breaker and bulkhead whether the call may go on. If not, it answers the request with
// 503 and returns false, and the handler returns. An open breaker's response has Retry-After.
func (c *Call) Allow() bool {
	if c.state == nil {
		return true
	}
	var err error
	return c.policies.Allow(&err) || c.refuse(err)
}

// refuse answers the request for a policy that refused it. It returns false.
func (c *Call) refuse(err error) bool {
	c.refusal = err
	if c.writer == nil {
		return false
	}
	status := refusalStatus(err)
	if !c.begun() {
		c.explain(status, err)
	}
	c.answer(status)
	return false
}

// explain sets the headers that a client needs to do better: when to come again, and how to say who
// it is. The headers that the handler got stay, and so does what the function of a gate has set: a
// challenge of its own is the better one.
func (c *Call) explain(status int, err error) {
	challenge := ""
	if status == http.StatusUnauthorized {
		challenge = Challenge(c.site.Authz)
	}
	Explain(c.writer.Header(), RetryAfter(err), challenge)
}

// refusalStatus returns the status of the response to a request that a policy refused.
func refusalStatus(err error) int {
	switch {
	case errors.Is(err, runtimehooks.ErrLimited):
		return http.StatusTooManyRequests
	case errors.Is(err, runtimehooks.ErrDenied) && errors.Is(err, runtimehooks.ErrUnauthenticated):
		return http.StatusUnauthorized
	case errors.Is(err, runtimehooks.ErrDenied):
		return http.StatusForbidden
	case errors.Is(err, runtimehooks.ErrInvalid):
		return http.StatusBadRequest
	case errors.Is(err, context.DeadlineExceeded):
		return http.StatusGatewayTimeout
	}
	return http.StatusServiceUnavailable
}
