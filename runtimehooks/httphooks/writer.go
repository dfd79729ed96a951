package httphooks

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"time"
)

// watched is a writer that is not net/http's own, with what the body has done to it. The body gets
// it as one of the types of sets.go, which has the optional interfaces of the writer.
type watched struct{ response }

// response has the methods that every writer has. Those of the optional interfaces have small
// letters, and are shown by the types that have them.
type response struct {
	to       http.ResponseWriter
	status   int // 0 until something has been written
	hijacked bool
	expired  bool // http.TimeoutHandler has answered instead
}

// The optional interfaces, as bits of a set.
const (
	flusher = 1 << iota
	hijacker
	pusher
	readerFrom
	stringWriter
	closeNotifier
	flushErrorer // reports that it cannot flush; beside Unwrap it is what flushes
	controllable // has deadlines and full duplex, and all that an http.ResponseController can ask for
	sets         // one more than the largest set
)

// These are looked for by http.ResponseController, and have no name.
type (
	flushError interface{ FlushError() error }
	control    interface {
		SetReadDeadline(time.Time) error
		SetWriteDeadline(time.Time) error
		EnableFullDuplex() error
	}
	unwrapper interface{ Unwrap() http.ResponseWriter }
)

// watch returns p as w with every way to begin the response watched. It has the optional interfaces
// that w has, and no others. Of those that only http.ResponseController looks for, deadlines and
// full duplex come together or are left for it to find by Unwrap. FlushError is there also where
// the controller would come to a Flush by w's own Unwrap, which nobody would watch.
func (p *watched) watch(w http.ResponseWriter) http.ResponseWriter {
	p.to = w
	return p.as(setOf(w))
}

// setOf returns the optional interfaces that w has.
func setOf(w http.ResponseWriter) (set int) {
	_, flushes := w.(http.Flusher)
	if flushes {
		set |= flusher
	}
	if _, ok := w.(http.Hijacker); ok {
		set |= hijacker
	}
	if _, ok := w.(http.Pusher); ok {
		set |= pusher
	}
	if _, ok := w.(io.ReaderFrom); ok {
		set |= readerFrom
	}
	if _, ok := w.(io.StringWriter); ok {
		set |= stringWriter
	}
	//lint:ignore SA1019 the program's writer may have it, whoever asks
	if _, ok := w.(http.CloseNotifier); ok {
		set |= closeNotifier
	}
	if _, ok := w.(control); ok {
		return set | controllable
	}
	if _, ok := w.(flushError); ok {
		return set | flushErrorer
	}
	if _, ok := w.(unwrapper); ok && !flushes {
		return set | flushErrorer
	}
	return set
}

// wrote notes a status that goes out: the first one, unless it is informational.
func (p *response) wrote(status int) {
	if p.status == 0 && (status >= 200 || status == http.StatusSwitchingProtocols) {
		p.status = status
	}
}

// failed notes an error that says that the response is not what the body wrote.
func (p *response) failed(err error) {
	if err != nil && errors.Is(err, http.ErrHandlerTimeout) {
		p.expired = true
	}
}

// Unwrap returns the writer that the handler was given, for http.ResponseController.
func (p *response) Unwrap() http.ResponseWriter { return p.to }

// Header implements http.ResponseWriter.
func (p *response) Header() http.Header { return p.to.Header() }

// WriteHeader implements http.ResponseWriter.
func (p *response) WriteHeader(status int) {
	p.to.WriteHeader(status)
	p.wrote(status)
}

// Write implements http.ResponseWriter.
func (p *response) Write(b []byte) (int, error) {
	p.wrote(http.StatusOK)
	n, err := p.to.Write(b)
	p.failed(err)
	return n, err
}

func (p *response) writeString(s string) (int, error) {
	p.wrote(http.StatusOK)
	n, err := p.to.(io.StringWriter).WriteString(s)
	p.failed(err)
	return n, err
}

func (p *response) readFrom(src io.Reader) (int64, error) {
	p.wrote(http.StatusOK)
	n, err := p.to.(io.ReaderFrom).ReadFrom(src)
	p.failed(err)
	return n, err
}

func (p *response) flush() {
	p.wrote(http.StatusOK)
	p.to.(http.Flusher).Flush()
}

func (p *response) flushError() error {
	err := http.NewResponseController(p.to).Flush()
	if !errors.Is(err, http.ErrNotSupported) {
		p.wrote(http.StatusOK)
	}
	p.failed(err)
	return err
}

func (p *response) hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := p.to.(http.Hijacker).Hijack()
	p.hijacked = p.hijacked || err == nil
	return conn, rw, err
}

func (p *response) push(target string, opts *http.PushOptions) error {
	return p.to.(http.Pusher).Push(target, opts)
}

//lint:ignore SA1019 the program's writer has it
func (p *response) closeNotify() <-chan bool { return p.to.(http.CloseNotifier).CloseNotify() }

func (p *response) setReadDeadline(t time.Time) error { return p.to.(control).SetReadDeadline(t) }

func (p *response) setWriteDeadline(t time.Time) error { return p.to.(control).SetWriteDeadline(t) }

func (p *response) enableFullDuplex() error { return p.to.(control).EnableFullDuplex() }
