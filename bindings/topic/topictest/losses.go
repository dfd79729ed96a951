package topictest

import (
	"context"
	"crypto/rand"
	"flag"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/topic"
)

// losses is how often [Losses] kills a server.
var losses = flag.Int("topictest.losses", 5, "times to kill a server while messages are published and handled")

const (
	lossClients = 8  // publishers, and as many subscribers
	lossWork    = 50 // messages that are handled between two kills, at least
	lossAhead   = 30 // messages that wait to be handled, at most, besides those under way
)

// Losses kills a real server again and again, every other time with its data, while programs
// publish and handle messages that nobody restarts. Start starts one that listens on a port of the
// loopback and keeps in a folder all that it has confirmed. What was confirmed and not lost by the
// server itself must be handled, and no program is healthy while there is no server.
func Losses(t *testing.T, provider *bindings.Provider, scheme string, start func(port, folder string) (*os.Process, error)) {
	s := newServer(t, start)
	l := &loss{handled: map[string]bool{}}
	env := bindings.Environment{Name: "test", Namespace: "test-" + strings.ToLower(rand.Text()[:8]),
		Bindings: []bindings.Binding{{Name: messages, URL: scheme + "://127.0.0.1:" + s.port}}}
	var platforms []*bindings.Platform
	publishing, stop := context.WithCancel(t.Context())
	var publishers sync.WaitGroup
	for range 2 {
		p, err := bindings.Open(t.Context(), env, provider)
		if err != nil {
			t.Fatal(err)
		}
		platforms = append(platforms, p)
		t.Cleanup(func() { _ = p.Close(context.Background()) })
		o, err := topic.Open[string](t.Context(), p, messages)
		if err != nil {
			t.Fatal(err)
		}
		for range lossClients / 2 {
			if _, err := o.Subscribe(t.Context(), group, l.handle, topic.Lease(time.Second)); err != nil {
				t.Fatal(err)
			}
			publishers.Go(func() { l.publish(publishing, o) })
		}
	}
	defer publishers.Wait()
	defer stop()
	for n := range *losses {
		l.works(t)
		s.kill()
		var asking sync.WaitGroup // a client may wait a while for its connection
		for i, p := range platforms {
			asking.Go(func() {
				if h := p.Health(t.Context())[0]; h.Err == nil {
					t.Errorf("round %d: platform %d is healthy without a server", n, i)
				}
			})
		}
		asking.Wait()
		if n%2 == 1 {
			l.wiped()
			s.wipe(t)
		}
		s.start(t)
	}
	l.works(t)
	stop()
	publishers.Wait()
	until(t, func() bool { return len(l.missing()) == 0 }, func() string { return fmt.Sprintf("messages: missing are %.200q", l.missing()) })
	for _, p := range platforms {
		until(t, func() bool { return p.Health(t.Context())[0].Err == nil }, func() string { return "the bindings to be healthy" })
	}
	t.Logf("%d kills, %d of them with the data; %d messages confirmed, at most %d of them lost by the server, %d handled", *losses, *losses/2,
		l.all, l.gone, len(l.handled))
}

// loss is what was published and handled.
type loss struct {
	life atomic.Int64 // of the server: it has lost what was published in one before
	next atomic.Int64

	mu        sync.Mutex
	all       int      // that was confirmed
	confirmed []string // what the server still has to deliver
	gone      int      // what it has lost, or may have, since it was asked in a life before
	handled   map[string]bool
}

// publish publishes until ctx ends. What is not confirmed is not published again.
func (l *loss) publish(ctx context.Context, o stringTopic) {
	for ctx.Err() == nil {
		message, life := strconv.FormatInt(l.next.Add(1), 10), l.life.Load()
		var options []topic.PublishOption
		if message[len(message)-1] == '7' {
			options = append(options, topic.Key("key "+message[:1]))
		}
		if err := o.PublishWith(ctx, message, options...); err == nil {
			l.mu.Lock()
			l.all++
			if life == l.life.Load() {
				l.confirmed = append(l.confirmed, message)
			} else {
				l.gone++ // which server has confirmed it is not known
			}
			l.mu.Unlock()
		}
		for len(l.missing()) > lossAhead && ctx.Err() == nil {
			time.Sleep(5 * time.Millisecond)
		}
	}
}

func (l *loss) handle(_ context.Context, message string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.handled[message] = true
	return nil
}

// wiped notes that the server has lost all that it had.
func (l *loss) wiped() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.life.Add(1)
	for _, m := range l.confirmed {
		if !l.handled[m] {
			l.gone++
		}
	}
	l.confirmed = nil
}

// works waits until some more messages are handled.
func (l *loss) works(t *testing.T) {
	t.Helper()
	count := func() int {
		l.mu.Lock()
		defer l.mu.Unlock()
		return len(l.handled)
	}
	enough := count() + lossWork
	until(t, func() bool { return count() >= enough }, func() string { return "messages to be handled" })
}

// missing returns what must still be handled.
func (l *loss) missing() (missing []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, m := range l.confirmed {
		if !l.handled[m] {
			missing = append(missing, m)
		}
	}
	return missing
}

// server is a process of the test's own.
type server struct {
	begin        func(port, folder string) (*os.Process, error)
	port, folder string
	running      *os.Process
}

// newServer starts a server.
func newServer(t *testing.T, begin func(port, folder string) (*os.Process, error)) *server {
	t.Helper()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(free.Addr().String())
	free.Close()
	s := &server{begin: begin, port: port, folder: t.TempDir()}
	s.start(t)
	t.Cleanup(s.kill)
	return s
}

func (s *server) start(t *testing.T) {
	t.Helper()
	var err error
	if s.running, err = s.begin(s.port, s.folder); err != nil {
		t.Fatal(err)
	}
	until(t, func() bool {
		c, err := net.Dial("tcp", "127.0.0.1:"+s.port)
		if err == nil {
			c.Close()
		}
		return err == nil
	}, func() string { return "the server to listen" })
}

// kill ends the server as a crash does.
func (s *server) kill() {
	_ = s.running.Kill()
	_, _ = s.running.Wait()
}

// wipe removes the server's data.
func (s *server) wipe(t *testing.T) {
	t.Helper()
	if err := os.RemoveAll(s.folder); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(s.folder, 0o700); err != nil {
		t.Fatal(err)
	}
}
