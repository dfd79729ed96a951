package httphooks

import (
	"errors"
	"maps"
	"net/http"
)

// observe gives the body a writer that lets the call say how far the response has come.
func (c *Call) observe(w http.ResponseWriter) {
	if c.layout = layoutOf(w); c.layout != nil {
		return
	}
	if c.scratch != nil {
		c.watched = &c.scratch.watched
	} else {
		c.watched = new(watched)
	}
	c.writer = c.watched.watch(w)
}

// sent returns how far the response has come: its status, 0 before it has begun, and whether it is
// no longer the server's. Nobody watches where sites are switched off, and then nothing has come
// before the gates.
func (c *Call) sent() (status int, hijacked bool) {
	switch {
	case c.hijacked:
		return 0, true
	case c.layout != nil:
		return c.layout.read(c.writer)
	case c.watched != nil:
		return c.watched.status, c.watched.hijacked
	}
	return 0, false
}

// begun reports whether it is too late to answer the request otherwise.
func (c *Call) begun() bool {
	status, hijacked := c.sent()
	return status != 0 || hijacked
}

// expired reports whether http.TimeoutHandler has answered, so that nobody reads what the handler
// writes. A write says so. Where the request's context is over, one of nothing asks: what
// http.TimeoutHandler gives the handler is a buffer.
func (c *Call) expired() bool {
	switch {
	case c.watched != nil:
		return c.watched.expired
	case c.layout != nil && c.layout.expiry && c.original.Context().Err() != nil:
		_, err := c.writer.Write(nil)
		return errors.Is(err, http.ErrHandlerTimeout)
	}
	return false
}

// keepHeader keeps the headers that the handler got, for answer.
func (c *Call) keepHeader() {
	if c.layout != nil && c.layout.empty(c.writer) {
		return
	}
	if header := c.writer.Header(); len(header) > 0 {
		c.entry = header.Clone()
	}
}

// answer writes a response with the status and its text, unless one has begun.
func (c *Call) answer(status int) {
	if c.writer != nil && !c.begun() {
		http.Error(c.writer, http.StatusText(status), status)
	}
}

// answerInstead is answer for a body that has failed. What it meant to send does not describe the
// answer, and may be for nobody to keep: the headers are those that the handler got.
func (c *Call) answerInstead(status int) {
	if c.writer == nil || c.begun() {
		return
	}
	header := c.writer.Header()
	clear(header)
	maps.Copy(header, c.entry)
	c.answer(status)
}
