package debug

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"reflect"
	"sync"
	"time"
)

const (
	pace     = time.Second      // between looks at what has changed
	silence  = 15 * time.Second // after which something is sent all the same, for proxies to keep the connection
	patience = 10 * time.Second // with a client that does not read
)

// update is an event of the stream, as JSON: the fragments of the page that have changed.
type update struct {
	Version string            `json:"version"`           // of the page that it fits
	Order   []string          `json:"order,omitempty"`   // IDs of all sites, if any came or went; null for no change
	Sites   map[string]string `json:"sites,omitempty"`   // HTML by ID
	Summary string            `json:"summary,omitempty"` // HTML
	Empty   bool              `json:"empty,omitempty"`   // Order is known and there is no site
}

// stream sends server-sent events until the client goes away or the server shuts down: first
// everything, then what has changed, once a second at most. The first order stays, so that no
// button moves while somebody reaches for it.
func (h *handler) stream(w http.ResponseWriter, r *http.Request) {
	ctx, stop := h.shutdowns.watch(r.Context())
	defer stop()
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no") // nginx would keep events back
	if r.Method == http.MethodHead {
		return
	}
	client := http.NewResponseController(w)
	send := func(text []byte) bool {
		client.SetWriteDeadline(time.Now().Add(patience)) // that of the server, if any, is for short responses
		_, err := w.Write(text)
		return err == nil && client.Flush() == nil
	}
	f := feed{handler: h, query: readQuery(r.URL.Query())}
	ticker := time.NewTicker(pace)
	defer ticker.Stop()
	if !send([]byte("retry: 2000\n\n")) {
		return
	}
	for last := time.Now(); ; {
		text := f.next()
		if text == nil && time.Since(last) >= silence {
			text = []byte(": nothing new\n\n")
		}
		if text != nil {
			if !send(text) {
				return
			}
			last = time.Now()
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// feed is what one client has.
type feed struct {
	handler *handler
	query   query

	order   []string
	rows    map[string]row
	summary summary
}

// next returns the next event, or nil if nothing has changed.
func (f *feed) next() []byte {
	v := f.handler.viewer(f.query)
	all := f.handler.sites()
	sites := f.query.choose(all)
	u := update{Version: version, Sites: map[string]string{}}
	sorted, rows := v.rows(sites), map[string]row{}
	for _, r := range sorted {
		rows[r.ID] = r
		if !reflect.DeepEqual(r, f.rows[r.ID]) {
			u.Sites[r.ID] = fragment("site", r)
		}
	}
	if order := f.reorder(sorted, rows); f.rows == nil || !reflect.DeepEqual(order, f.order) {
		f.order, u.Order, u.Empty = order, order, len(order) == 0
	}
	if m := v.summary(sites, len(all)); f.rows == nil || m != f.summary {
		f.summary, u.Summary = m, fragment("summary", m)
	}
	f.rows = rows
	if len(u.Sites) == 0 && u.Order == nil && u.Summary == "" {
		return nil
	}
	return event(u)
}

// reorder returns the IDs of what is left in the order that it had, then what is new.
func (f *feed) reorder(sorted []row, rows map[string]row) []string {
	var order []string
	for _, id := range f.order {
		if _, ok := rows[id]; ok {
			order = append(order, id)
		}
	}
	for _, r := range sorted {
		if _, ok := f.rows[r.ID]; !ok {
			order = append(order, r.ID)
		}
	}
	return order
}

func fragment(template string, data any) string {
	var b bytes.Buffer
	if err := pages.ExecuteTemplate(&b, template, data); err != nil {
		return "" // the page could not have been shown either
	}
	return b.String()
}

func event(u update) []byte {
	var b bytes.Buffer
	b.WriteString("event: update\ndata: ")
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(u); err != nil { // strings only
		return nil
	}
	b.WriteString("\n") // the encoder has ended the line
	return b.Bytes()
}

// shutdowns ends streams when their server shuts down, which would otherwise wait for them.
type shutdowns struct {
	mu      sync.Mutex
	servers map[*http.Server]context.Context // ends with the server
}

// watch returns a context that ends with the parent, or when the server that it names begins to
// shut down.
func (s *shutdowns) watch(parent context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(parent)
	server, ok := parent.Value(http.ServerContextKey).(*http.Server)
	if !ok {
		return ctx, cancel
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	up, ok := s.servers[server]
	if !ok {
		var down context.CancelFunc
		up, down = context.WithCancel(context.Background())
		server.RegisterOnShutdown(down)
		if s.servers == nil {
			s.servers = map[*http.Server]context.Context{}
		}
		s.servers[server] = up
	}
	stop := context.AfterFunc(up, cancel)
	return ctx, func() { stop(); cancel() }
}
