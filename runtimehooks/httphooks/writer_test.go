package httphooks

import (
	"bufio"
	"bytes"
	"io"
	"log"
	"math/bits"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// serve answers one request to a real server and returns the response with its body.
func serve(t *testing.T, body http.HandlerFunc) (*http.Response, string) {
	t.Helper()
	server := httptest.NewServer(woven(site(traced), body))
	defer server.Close()
	response, err := http.Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(text)
}

// The writer of net/http/server keeps what it can do.
func TestServersWriter(t *testing.T) {
	record(t)
	_, body := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if _, ok := w.(io.ReaderFrom); !ok {
			t.Error("io.ReaderFrom is lost")
		}
		if _, ok := w.(io.StringWriter); !ok {
			t.Error("io.StringWriter is lost")
		}
		if _, ok := w.(http.Pusher); ok {
			t.Error("http.Pusher is there, which HTTP/1.1 has not")
		}
		control := http.NewResponseController(w)
		for name, err := range map[string]error{
			"SetReadDeadline":  control.SetReadDeadline(time.Now().Add(time.Minute)),
			"SetWriteDeadline": control.SetWriteDeadline(time.Now().Add(time.Minute)),
			"EnableFullDuplex": control.EnableFullDuplex(),
			"Flush":            control.Flush(),
		} {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		w.(http.Flusher).Flush()
		io.Copy(w, strings.NewReader("hello"))
	})
	if body != "hello" {
		t.Errorf("body is %q", body)
	}
}

func TestHijack(t *testing.T) {
	got := record(t)
	finished := make(chan struct{})
	var complaints bytes.Buffer // net/http's, about a response on a hijacked connection
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer close(finished)
		woven(site(recovering), func(w http.ResponseWriter, r *http.Request) {
			conn, rw, err := w.(http.Hijacker).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			writeHijacked(rw)
			panic("after hijacking") // nothing to answer any more
		})(w, r)
	}))
	server.Config.ErrorLog = log.New(&complaints, "", 0)
	server.Start()
	defer server.Close()
	response, err := http.Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if body, _ := io.ReadAll(response.Body); response.StatusCode != 299 || string(body) != "raw" {
		t.Errorf("response is %d %q", response.StatusCode, body)
	}
	<-finished
	if complaints.Len() > 0 {
		t.Errorf("net/http complains: %s", &complaints)
	}
	if d := got.span(t).Status().Description; d != "panic: after hijacking" {
		t.Errorf("status is %q", d)
	}
}

func writeHijacked(rw *bufio.ReadWriter) {
	rw.WriteString("HTTP/1.1 299 OK\r\nContent-Length: 3\r\n\r\nraw")
	rw.Flush()
}

// plain is a writer without any optional interface; controlled has one only through Unwrap.
type plain struct{ http.ResponseWriter }

type controlled struct{ plain }

func (c controlled) Unwrap() http.ResponseWriter { return c.ResponseWriter }

// A writer that cannot do something does not seem to.
func TestNothingIsAdded(t *testing.T) {
	record(t)
	woven(site(traced), func(w http.ResponseWriter, r *http.Request) {
		if _, ok := w.(http.Flusher); ok {
			t.Error("http.Flusher is there")
		}
		if _, ok := w.(http.Hijacker); ok {
			t.Error("http.Hijacker is there")
		}
		if _, ok := w.(io.ReaderFrom); ok {
			t.Error("io.ReaderFrom is there")
		}
	})(plain{httptest.NewRecorder()}, httptest.NewRequest("GET", "/", nil))
	woven(site(traced), func(w http.ResponseWriter, r *http.Request) {
		if err := http.NewResponseController(w).Flush(); err != nil {
			t.Errorf("Unwrap is lost: %v", err)
		}
	})(controlled{plain{httptest.NewRecorder()}}, httptest.NewRequest("GET", "/", nil))
}

// A writer keeps the optional interfaces that it has and gets no others, whichever they are; and
// what they do arrives.
func TestEverySet(t *testing.T) {
	for set := range sets {
		if !possible(set) {
			continue
		}
		all := new(capable)
		given := (&watched{response{to: all}}).as(set)
		p := new(watched)
		w := p.watch(given)
		want := set
		if set&(flusher|flushErrorer|controllable) == 0 {
			want |= flushErrorer // by Unwrap, which would lead around the watch
		}
		if got := setOf(w); got != want {
			t.Fatalf("set %b becomes %b", set, got)
		}
		if bad := exercise(w); bad != "" {
			t.Errorf("set %b: %s", set, bad)
		}
		if hijacks := set&hijacker != 0; p.hijacked != hijacks || p.status != http.StatusOK {
			t.Errorf("set %b: status is %d, hijacked %v", set, p.status, p.hijacked)
		}
		if want := bits.OnesCount(uint(set&^(flushErrorer|controllable))) + 1; all.calls < want {
			t.Errorf("set %b: %d calls arrived, want %d", set, all.calls, want)
		}
	}
}

// exercise calls all that w can do.
func exercise(w http.ResponseWriter) string {
	if f, ok := w.(http.Flusher); ok {
		f.Flush()
	}
	if s, ok := w.(io.StringWriter); ok {
		s.WriteString("x")
	}
	if r, ok := w.(io.ReaderFrom); ok {
		r.ReadFrom(strings.NewReader("x"))
	}
	if p, ok := w.(http.Pusher); ok && p.Push("/", nil) != nil {
		return "Push fails"
	}
	//lint:ignore SA1019 the program's writer may have it
	if c, ok := w.(http.CloseNotifier); ok && c.CloseNotify() == nil {
		return "CloseNotify gives nothing"
	}
	w.Write([]byte("x"))
	control := http.NewResponseController(w)
	for name, err := range map[string]error{
		"SetReadDeadline": control.SetReadDeadline(time.Time{}), "SetWriteDeadline": control.SetWriteDeadline(time.Time{}),
		"EnableFullDuplex": control.EnableFullDuplex(), "Flush": control.Flush(),
	} {
		if err != nil {
			return name + ": " + err.Error()
		}
	}
	if h, ok := w.(http.Hijacker); ok {
		h.Hijack()
	}
	return ""
}

// capable is a writer that can do everything, and counts.
type capable struct{ calls int }

func (c *capable) Header() http.Header                   { return http.Header{} }
func (c *capable) WriteHeader(int)                       { c.calls++ }
func (c *capable) Write(b []byte) (int, error)           { c.calls++; return len(b), nil }
func (c *capable) WriteString(s string) (int, error)     { c.calls++; return len(s), nil }
func (c *capable) ReadFrom(src io.Reader) (int64, error) { c.calls++; return io.Copy(io.Discard, src) }
func (c *capable) Flush()                                { c.calls++ }
func (c *capable) FlushError() error                     { c.calls++; return nil }
func (c *capable) Push(string, *http.PushOptions) error  { c.calls++; return nil }
func (c *capable) CloseNotify() <-chan bool              { c.calls++; return make(chan bool) }
func (c *capable) SetReadDeadline(time.Time) error       { c.calls++; return nil }
func (c *capable) SetWriteDeadline(time.Time) error      { c.calls++; return nil }
func (c *capable) EnableFullDuplex() error               { c.calls++; return nil }
func (c *capable) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	c.calls++
	return nil, nil, nil
}

// HTTP/2 has Pusher, and no Hijacker.
func TestHTTP2(t *testing.T) {
	got := record(t)
	server := httptest.NewUnstartedServer(woven(site(traced), func(w http.ResponseWriter, r *http.Request) {
		if _, ok := w.(http.Pusher); !ok {
			t.Error("http.Pusher is lost")
		}
		if _, ok := w.(http.Hijacker); ok {
			t.Error("http.Hijacker is there")
		}
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	response, err := server.Client().Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	server.Close()
	attrs := text(got.span(t).Attributes())
	if attrs["url.scheme"] != "https" || attrs["network.protocol.version"] != "2" || attrs["user_agent.original"] != "Go-http-client/2.0" {
		t.Errorf("attributes are %v", attrs)
	}
}
