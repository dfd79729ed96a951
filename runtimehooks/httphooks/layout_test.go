package httphooks

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// other is somebody else's writer, with what an HTTP/1.1 server's can do.
type other struct {
	http.ResponseWriter
	http.Flusher
	io.ReaderFrom
}

func wrapOther(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		o := other{ResponseWriter: w}
		o.Flusher, _ = w.(http.Flusher)
		o.ReaderFrom, _ = w.(io.ReaderFrom)
		if o.ReaderFrom == nil || o.Flusher == nil {
			next.ServeHTTP(struct{ http.ResponseWriter }{w}, r)
			return
		}
		next.ServeHTTP(o, r)
	})
}

func limited(next http.Handler) http.Handler { return http.TimeoutHandler(next, time.Minute, "") }

// servers are the ways to a handler. Where the writer is net/http's own the body gets it as it is.
var servers = []struct {
	name  string
	http2 bool
	wrap  func(http.Handler) http.Handler
	own   bool
}{
	{"HTTP/1.1", false, nil, true},
	{"HTTP/2", true, nil, true},
	{"http.TimeoutHandler", false, limited, true},
	{"somebody else's writer", false, wrapOther, false},
	{"somebody else's writer, HTTP/2", true, wrapOther, false},
}

// start starts a server of that kind and returns it with its log.
func start(t *testing.T, http2 bool, handler http.Handler) (*httptest.Server, *lockedBuffer) {
	t.Helper()
	out := new(lockedBuffer)
	server := httptest.NewUnstartedServer(handler)
	server.Config.ErrorLog = log.New(out, "", 0)
	if server.EnableHTTP2 = http2; http2 {
		server.StartTLS()
	} else {
		server.Start()
	}
	t.Cleanup(server.Close)
	return server, out
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// ask gets the server's page, and waits for the handler by closing the server.
func ask(t *testing.T, server *httptest.Server) (*http.Response, string, error) {
	t.Helper()
	response, err := server.Client().Get(server.URL)
	if err != nil {
		return nil, "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	server.Close()
	return response, string(body), err
}

// A body gets the writer that it would get plainly, if that is net/http's: nobody can tell that the
// handler is woven.
func TestServersOwnWriter(t *testing.T) {
	record(t)
	for _, s := range servers {
		t.Run(s.name, func(t *testing.T) {
			var outside, inside http.ResponseWriter
			handler := woven(site(recovering), func(w http.ResponseWriter, r *http.Request) { inside = w })
			handler = func(next http.HandlerFunc) http.HandlerFunc {
				return func(w http.ResponseWriter, r *http.Request) { outside = w; next(w, r) }
			}(handler)
			var h http.Handler = handler
			if s.wrap != nil {
				h = s.wrap(h)
			}
			server, _ := start(t, s.http2, h)
			if _, _, err := ask(t, server); err != nil {
				t.Fatal(err)
			}
			if (outside == inside) != s.own {
				t.Errorf("the body got %T for %T", inside, outside)
			}
		})
	}
}

// What a span says of a response is the same, whoever's the writer is.
func TestStatusOfEveryWriter(t *testing.T) {
	for _, c := range []struct {
		name, status string
		body         http.HandlerFunc
	}{
		{"nothing", "200", func(w http.ResponseWriter, r *http.Request) {}},
		{"write", "200", func(w http.ResponseWriter, r *http.Request) { w.Write([]byte("x")) }},
		{"copy", "200", func(w http.ResponseWriter, r *http.Request) { io.Copy(w, strings.NewReader("x")) }},
		{"string", "200", func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "x") }},
		{"status", "418", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(418); w.Write([]byte("x")) }},
		{"twice", "201", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(201); w.WriteHeader(500) }},
		{"early hints", "503", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(103); w.WriteHeader(503) }},
		{"panic", "502", func(w http.ResponseWriter, r *http.Request) { panic("boom") }},
	} {
		for _, s := range servers {
			if c.name == "early hints" && s.wrap != nil && s.own {
				continue // http.TimeoutHandler takes them for the status
			}
			t.Run(c.name+", "+s.name, func(t *testing.T) {
				logTo(t)
				got := record(t)
				var h http.Handler = woven(site(recovering), c.body)
				if s.wrap != nil {
					h = s.wrap(h)
				}
				server, _ := start(t, s.http2, h)
				if _, _, err := ask(t, server); err != nil {
					t.Fatal(err)
				}
				if status := text(got.span(t).Attributes())["http.response.status_code"]; status != c.status {
					t.Errorf("status is %q, want %q", status, c.status)
				}
			})
		}
	}
}

// A response that began by a flush, whichever way, cannot be taken back.
func TestFlushHasBegun(t *testing.T) {
	flush := func(w http.ResponseWriter, r *http.Request) {
		if err := http.NewResponseController(w).Flush(); err != nil {
			t.Errorf("flush: %v", err)
		}
		panic("boom")
	}
	unwraps := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { next.ServeHTTP(controlled{plain{w}}, r) })
	}
	for name, wrap := range map[string]func(http.Handler) http.Handler{"own": nil, "other": wrapOther, "Unwrap alone": unwraps} {
		for _, http2 := range []bool{false, true} {
			logTo(t)
			got := record(t)
			var h http.Handler = woven(site(recovering), flush)
			if wrap != nil {
				if h = wrap(h); http2 && name == "other" {
					continue // has no Flusher there
				}
			}
			server, out := start(t, http2, h)
			if _, body, err := ask(t, server); err == nil {
				t.Errorf("%s, HTTP/2 %v: a client takes %q for the whole response", name, http2, body)
			}
			if status := text(got.span(t).Attributes())["http.response.status_code"]; status != "200" || out.String() != "" {
				t.Errorf("%s, HTTP/2 %v: status is %q, net/http complains %q", name, http2, status, out)
			}
		}
	}
}

// http.MaxBytesReader closes the connection of a client that sends too much.
func TestMaxBytesReader(t *testing.T) {
	record(t)
	server, _ := start(t, false, woven(site(traced), func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 10)); err != nil {
			http.Error(w, err.Error(), http.StatusRequestEntityTooLarge)
		}
	}))
	response, err := http.Post(server.URL, "text/plain", strings.NewReader(strings.Repeat("x", 100)))
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusRequestEntityTooLarge || !response.Close {
		t.Errorf("status is %d, the connection closes: %v", response.StatusCode, response.Close)
	}
}

// net/http names the line that writes a second status.
func TestSuperfluousWriteHeader(t *testing.T) {
	for _, wrap := range []func(http.Handler) http.Handler{nil, limited} {
		record(t)
		var line int
		var h http.Handler = woven(site(traced), func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(201)
			_, _, line, _ = runtime.Caller(0)
			w.WriteHeader(500)
		})
		if wrap != nil {
			h = wrap(h)
		}
		server, out := start(t, false, h)
		if _, _, err := ask(t, server); err != nil {
			t.Fatal(err)
		}
		want := regexp.MustCompile(`superfluous response.WriteHeader call from .*httphooks.TestSuperfluousWriteHeader.* \(layout_test.go:(\d+)\)`)
		if m := want.FindStringSubmatch(out.String()); m == nil || m[1] != strconv.Itoa(line+1) {
			t.Errorf("log is %q, want line %d", out, line+1)
		}
	}
}

// A file goes to the connection by the writer's ReadFrom, as plainly: the server's sends it without
// a copy.
func TestSendFile(t *testing.T) {
	record(t)
	content := bytes.Repeat([]byte("0123456789"), 1<<16)
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, content, 0o600); err != nil {
		t.Fatal(err)
	}
	copies := woven(site(traced), func(w http.ResponseWriter, r *http.Request) {
		file, err := os.Open(name)
		if err != nil {
			t.Error(err)
			return
		}
		defer file.Close()
		w.Header().Set("Content-Length", strconv.Itoa(len(content)))
		io.Copy(w, file)
	})
	var read int64
	server, _ := start(t, false, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		copies(other{w, w.(http.Flusher), &countingReaderFrom{w.(io.ReaderFrom), &read}}, r)
	}))
	if _, body, err := ask(t, server); err != nil || body != string(content) || read != int64(len(content)) {
		t.Errorf("%d bytes came, %d by ReadFrom, error %v", len(body), read, err)
	}
}

type countingReaderFrom struct {
	to   io.ReaderFrom
	read *int64
}

func (c countingReaderFrom) ReadFrom(src io.Reader) (int64, error) {
	n, err := c.to.ReadFrom(src)
	*c.read += n
	return n, err
}

// A handler that is late under http.TimeoutHandler has not answered: that has.
func TestTimeoutHandler(t *testing.T) {
	through := func(next http.Handler) http.Handler { return limitedTo(10*time.Millisecond, next) }
	between := func(next http.Handler) http.Handler { return through(wrapPlain(next)) }
	for _, c := range []struct {
		name, status, errorType string
		wrap                    func(http.Handler) http.Handler
		body                    http.HandlerFunc
	}{
		{"write", "503", "timeout", through, func(w http.ResponseWriter, r *http.Request) {
			if _, err := w.Write([]byte("late")); !errors.Is(err, http.ErrHandlerTimeout) {
				t.Errorf("error is %v", err)
			}
		}},
		{"status", "503", "timeout", through, status(204)},
		{"nothing", "503", "timeout", through, func(http.ResponseWriter, *http.Request) {}},
		{"status of its own", "503", "timeout", through, status(500)},
		{"write to somebody else's", "503", "timeout", between, func(w http.ResponseWriter, r *http.Request) { w.Write([]byte("late")) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := record(t)
			ended := make(chan struct{})
			server, _ := start(t, false, c.wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				defer close(ended)
				woven(site(traced), func(w http.ResponseWriter, r *http.Request) {
					<-r.Context().Done()
					for answered := false; !answered; time.Sleep(time.Millisecond) { // the context ends before the answer
						_, err := unwrapped(w).Write(nil)
						answered = err != nil
					}
					c.body(w, r)
				})(w, r)
			})))
			response, err := http.Get(server.URL)
			if err != nil {
				t.Fatal(err)
			}
			response.Body.Close()
			<-ended
			span := got.span(t)
			attrs := text(span.Attributes())
			if attrs["http.response.status_code"] != c.status || attrs["error.type"] != c.errorType || response.StatusCode != 503 {
				t.Errorf("span is %v %v, the client got %d", span.Status(), attrs, response.StatusCode)
			}
			if span.Status().Description != http.ErrHandlerTimeout.Error() {
				t.Errorf("status is %v", span.Status())
			}
		})
	}
}

func limitedTo(d time.Duration, next http.Handler) http.Handler {
	return http.TimeoutHandler(next, d, "too slow")
}

func wrapPlain(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { next.ServeHTTP(controlled{plain{w}}, r) })
}

func unwrapped(w http.ResponseWriter) http.ResponseWriter {
	for {
		u, ok := w.(unwrapper)
		if !ok {
			return w
		}
		w = u.Unwrap()
	}
}

// A writer with other fields, as a later version of Go may have, is watched by a wrapper.
func TestUnknownLayout(t *testing.T) {
	for _, w := range []any{&httptest.ResponseRecorder{}, plain{}, &tls.Conn{}} {
		if l := findLayout(reflect.TypeOf(w)); l != nil {
			t.Errorf("%T has a layout", w)
		}
	}
	type moved struct {
		wroteHeader int                      //lint:ignore U1000 it is found by its name
		header      *struct{ status string } //lint:ignore U1000 likewise
	}
	for _, names := range [][]string{{"wroteHeader"}, {"gone"}, {"header", "status"}, {"wroteHeader", "status"}} {
		if p := path(reflect.TypeOf(&moved{}), names, reflect.Bool); p != nil {
			t.Errorf("%v is %v", names, p)
		}
	}
}
