package debug

import (
	"bufio"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/instrumentgo/instrument/runtimehooks"
)

// listener is a client of the stream that records what arrives, and when.
type listener struct {
	mu     sync.Mutex
	text   strings.Builder
	header http.Header
	err    error // what writing fails with
}

func (l *listener) Header() http.Header { return l.header }
func (l *listener) WriteHeader(int)     {}
func (l *listener) Flush()              {}
func (l *listener) FlushError() error   { return nil }
func (l *listener) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text.Write(p)
	return len(p), l.err
}

// events returns the updates, and the number of comments, that arrived since the last call.
func (l *listener) events(t *testing.T) (updates []update, comments int) {
	t.Helper()
	synctest.Wait()
	l.mu.Lock()
	defer l.mu.Unlock()
	for block := range strings.SplitSeq(l.text.String(), "\n\n") {
		if strings.HasPrefix(block, ":") {
			comments++
		}
		if data, ok := strings.CutPrefix(block, "event: update\ndata: "); ok {
			var u update
			if err := json.Unmarshal([]byte(data), &u); err != nil {
				t.Fatalf("%v in %s", err, data)
			}
			updates = append(updates, u)
		}
	}
	l.text.Reset()
	return updates, comments
}

// listen opens the stream; done is closed when the handler has ended.
func listen(ctx context.Context, h http.Handler, query string) (l *listener, done chan struct{}) {
	l, done = &listener{header: http.Header{}}, make(chan struct{})
	r := httptest.NewRequest(http.MethodGet, "http://localhost/x/events"+query, nil).WithContext(ctx)
	go func() {
		defer close(done)
		h.ServeHTTP(l, r)
	}()
	return l, done
}

// A page that is open sees each change within a second, and nothing is sent without one.
func TestStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := shop()
		ctx, cancel := context.WithCancel(t.Context())
		l, done := listen(ctx, revealed(f), "?sort=calls")
		first, _ := l.events(t)
		if len(first) != 1 || len(first[0].Sites) != 7 || len(first[0].Order) != 7 || first[0].Order[0] != siteID("example.com/shop/web.(*Server).order") || first[0].Summary == "" || first[0].Version != version {
			t.Fatalf("at first: %+v", first)
		}
		if l.header.Get("Content-Type") != "text/event-stream" || l.header.Get("Cache-Control") != "no-store" {
			t.Error(l.header)
		}
		time.Sleep(5 * time.Second)
		if u, _ := l.events(t); len(u) > 0 {
			t.Errorf("nothing has changed: %+v", u)
		}
		for range 20 {
			f.call(1)
		}
		time.Sleep(time.Second)
		u, _ := l.events(t)
		if len(u) != 1 || len(u[0].Sites) != 1 || u[0].Order != nil || !strings.Contains(u[0].Sites[siteID(getter)], "93\u202f140") || !strings.Contains(u[0].Summary, "2\u202f669\u202f986") {
			t.Errorf("one site has changed: %+v", u)
		}
		time.Sleep(silence)
		if u, comments := l.events(t); len(u) > 0 || comments != 1 {
			t.Errorf("in silence: %+v, %d comments", u, comments)
		}
		cancel()
		<-done
	})
}

// The page shows the fragments of the stream where the same ones stood.
func TestStreamIsThePage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := revealed(shop(), Control())
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		l, _ := listen(ctx, h, "?q=store")
		u, _ := l.events(t)
		page := get(h, "/x/?q=store").Body.String()
		contains(t, page, u[0].Summary)
		for _, id := range u[0].Order {
			contains(t, page, u[0].Sites[id])
		}
	})
}

// Sites come and go with the filter, but those that stay do not change places under the pointer.
func TestOrderStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := shop()
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		l, _ := listen(ctx, revealed(f), "?q=breaker:closed&sort=calls")
		u, _ := l.events(t)
		put := siteID("example.com/shop/store.(*Store).Put")
		if want := []string{siteID(placer), siteID(getter), put}; !slices.Equal(u[0].Order, want) {
			t.Fatalf("at first %q, want %q", u[0].Order, want)
		}
		f.mu.Lock()
		f.sites[2].Calls = 1e12
		f.mu.Unlock()
		time.Sleep(time.Second)
		if u, _ := l.events(t); len(u) != 1 || u[0].Order != nil {
			t.Errorf("more calls: %+v", u)
		}
		f.ForceBreaker(placer, "", runtimehooks.BreakerForcedOpen)
		time.Sleep(time.Second)
		if u, _ := l.events(t); len(u) != 1 || !slices.Equal(u[0].Order, []string{siteID(getter), put}) {
			t.Errorf("one left: %+v", u)
		}
		f.ForceBreaker(placer, "", runtimehooks.BreakerAuto)
		time.Sleep(time.Second)
		if u, _ := l.events(t); len(u) != 1 || !slices.Equal(u[0].Order, []string{siteID(getter), put, siteID(placer)}) || u[0].Sites[siteID(placer)] == "" {
			t.Errorf("it came back: %+v", u)
		}
	})
}

// A client that is gone does not keep the handler.
func TestStreamEndsWithClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := shop()
		l, done := listen(t.Context(), revealed(f), "")
		l.events(t)
		l.mu.Lock()
		l.err = net.ErrClosed
		l.mu.Unlock()
		f.call(0)
		<-done
	})
}

// A server can shut down while pages are open, and its write timeout does not end them.
func TestShutdown(t *testing.T) {
	server := httptest.NewUnstartedServer(revealed(shop()))
	server.Config.WriteTimeout = time.Millisecond
	server.Start()
	defer server.Close()
	response, err := http.Get(server.URL + "/events")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	r := bufio.NewReader(response.Body)
	for line := ""; !strings.HasPrefix(line, "data: "); {
		if line, err = r.ReadString('\n'); err != nil {
			t.Fatal(err)
		}
	}
	if err := server.Config.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}
