package debug

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"sync"
	"time"
)

const (
	silence  = 15 * time.Second // after which something is sent all the same, for proxies to keep the connection
	patience = 10 * time.Second // with a client that does not read
)

// update is an event of the stream, as JSON: the fragments of the page that have changed.
type update struct {
	Version string            `json:"version"`           // of the page that it fits
	Order   []string          `json:"order,omitempty"`   // IDs of all sites, if any came or went; null for no change
	Sites   map[string]string `json:"sites,omitempty"`   // HTML by ID
	Summary string            `json:"summary,omitempty"` // HTML
	Pages   *string           `json:"pages,omitempty"`   // HTML; null for no change
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
	b := h.board(readQuery(r.URL.Query()))
	unfollow := b.follow()
	defer unfollow()
	var f feed
	quiet := time.NewTicker(silence)
	defer quiet.Stop()
	if !send([]byte("retry: 2000\n\n")) {
		return
	}
	for {
		content, changed := b.look(pace)
		if text := f.next(content); text != nil {
			if !send(text) {
				return
			}
			quiet.Reset(silence)
		}
		select {
		case <-ctx.Done():
			return
		case <-changed:
		case <-quiet.C:
			if !send([]byte(": nothing new\n\n")) {
				return
			}
		}
	}
}

// feed is what one client has.
type feed struct {
	order   []string
	content *content // nil before the first event
}

// next returns the event after which the client has what a board shows, or nil if it has that.
func (f *feed) next(c *content) []byte {
	if c == f.content {
		return nil
	}
	u := update{Version: version, Sites: map[string]string{}}
	for id, row := range c.rows {
		if f.content == nil || f.content.rows[id].html != row.html {
			u.Sites[id] = row.html
		}
	}
	if order := f.reorder(c); f.content == nil || !slices.Equal(order, f.order) {
		f.order, u.Order, u.Empty = order, order, len(order) == 0
	}
	if f.content == nil || f.content.summary != c.summary {
		u.Summary = c.summary
	}
	if f.content == nil || f.content.page.Pages != c.page.Pages {
		pages := text("pages", c.page.Pages)
		u.Pages = &pages
	}
	f.content = c
	if len(u.Sites) == 0 && u.Order == nil && !u.Empty && u.Summary == "" && u.Pages == nil {
		return nil
	}
	return event(u)
}

// reorder returns the IDs of what is left in the order that it had, then what is new.
func (f *feed) reorder(c *content) []string {
	var order []string
	for _, id := range f.order {
		if _, ok := c.rows[id]; ok {
			order = append(order, id)
		}
	}
	for _, id := range c.order {
		if !slices.Contains(f.order, id) {
			order = append(order, id)
		}
	}
	return order
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
