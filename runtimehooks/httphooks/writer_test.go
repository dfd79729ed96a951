package httphooks

import (
	"bufio"
	"bytes"
	"io"
	"log"
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
