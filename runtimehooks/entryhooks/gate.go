package entryhooks

import (
	"net/http"

	"github.com/instrumentgo/instrument/runtimehooks"
	"github.com/instrumentgo/instrument/runtimehooks/httphooks"
)

// Call is one call of a function that an [Entry] describes. It lives in a local variable of that
// function. Its methods are called in the order Enter, the gates (Limit, Authorize, Validate),
// Keyed, Start, Allow, Attr and, deferred, Exit.
type Call[P any] struct{ call[P] }

// Limit asks the limiter of the key whether the call may begin. If not, the entry refuses it and
// the function returns.
func (c *Call[P]) Limit(key runtimehooks.Key) bool {
	var err error
	return c.policies.Limit(&err, key) || c.refuse(&err)
}

// Authorize takes what the function that authz asks has returned. An error refuses the call.
func (c *Call[P]) Authorize(verdict error) bool {
	var err error
	return c.policies.Authorize(&err, verdict) || c.refuse(&err)
}

// Validate takes what the function that validate asks has returned. An error refuses the call.
func (c *Call[P]) Validate(verdict error) bool {
	var err error
	return c.policies.Validate(&err, verdict) || c.refuse(&err)
}

// Allow asks breaker and bulkhead whether the call may go on. If not, the entry refuses it.
func (c *Call[P]) Allow() bool {
	var err error
	return c.state == nil || c.policies.Allow(&err) || c.refuse(&err)
}

// ErrorCall is [Call] for a function that an [ErrorEntry] describes: what refuses a call sets *err.
type ErrorCall[P any] struct{ call[P] }

// Limit is (*Call).Limit.
func (c *ErrorCall[P]) Limit(err *error, key runtimehooks.Key) bool {
	return c.policies.Limit(err, key) || c.refuse(err)
}

// Authorize is (*Call).Authorize.
func (c *ErrorCall[P]) Authorize(err *error, verdict error) bool {
	return c.policies.Authorize(err, verdict) || c.refuse(err)
}

// Validate is (*Call).Validate.
func (c *ErrorCall[P]) Validate(err *error, verdict error) bool {
	return c.policies.Validate(err, verdict) || c.refuse(err)
}

// Allow is (*Call).Allow.
func (c *ErrorCall[P]) Allow(err *error) bool {
	return c.state == nil || c.policies.Allow(err) || c.refuse(err)
}

// refuse has the entry refuse the call, whose reason is *err, and sets *err to what it returns. It
// returns false.
func (c *call[P]) refuse(err *error) bool {
	c.refusal = *err
	*err = c.about.refuse(c.params, c.refused(*err))
	return false
}

// refused describes why a policy refuses the call.
func (c *call[P]) refused(err error) Refusal {
	r := Refusal{Err: err, Status: httphooks.RefusalStatus(err), RetryAfter: httphooks.RetryAfter(err)}
	if r.Status == http.StatusUnauthorized {
		r.Challenge = httphooks.Challenge(c.site.Authz)
	}
	return r
}
