package topictest

import (
	"context"
	"crypto/rand"
	"flag"
	"fmt"
	mathrand "math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/topic"
)

// kills is how many processes [Kill] kills.
var kills = flag.Int("topictest.kills", 5, "processes to kill while they handle a message")

// What a process that is to be killed is told by its environment.
const (
	envTest      = "TOPICTEST_KILL" // the name of the test that has started it
	envURL       = "TOPICTEST_URL"
	envNamespace = "TOPICTEST_NAMESPACE"
	envLog       = "TOPICTEST_LOG"
	envPublish   = "TOPICTEST_PUBLISH" // "no" to handle only
)

// killKeys is how many ordering keys there are. Every other message has none.
const killKeys = 3

// Kill runs the calling test's binary again and again, as a process that publishes and handles
// messages, and kills each in the middle of a message. All messages whose publishing has been
// answered must be handled in the end, and those of a key for the first time in order. The calling
// test must do nothing else.
func Kill(t *testing.T, h Harness) {
	if os.Getenv(envTest) == t.Name() {
		t.Fatal(live(h.Provider))
	}
	prefix := "test-" + strings.ToLower(rand.Text()[:8])
	if h.Clean != nil {
		t.Cleanup(func() { h.Clean(t, prefix) })
	}
	k := &killer{t: t, log: filepath.Join(t.TempDir(), "log")}
	k.env = append(os.Environ(), envTest+"="+t.Name(), envURL+"="+h.URL(t), envNamespace+"="+prefix, envLog+"="+k.log)
	for range *kills {
		k.killOne()
	}
	k.finish()
}

// killer starts processes and kills them.
type killer struct {
	t      *testing.T
	log    string
	env    []string
	middle int // processes that were killed in the middle of a message
}

// start starts a process, which is killed when stop is called.
func (k *killer) start(publish string) (stop func()) {
	k.t.Helper()
	out, err := os.OpenFile(k.log+".out", os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		k.t.Fatal(err)
	}
	defer out.Close()
	p, err := os.StartProcess(os.Args[0], []string{os.Args[0], "-test.run=^" + k.t.Name() + "$", "-test.timeout=5m"},
		&os.ProcAttr{Env: append(slices.Clone(k.env), envPublish+"="+publish), Files: []*os.File{nil, out, out}})
	if err != nil {
		k.t.Fatal(err)
	}
	return func() {
		_ = p.Kill() // SIGKILL; one that has ended shows in the log
		_, _ = p.Wait()
	}
}

// killOne kills a process while it handles one of its first messages.
func (k *killer) killOne() {
	k.t.Helper()
	stop := k.start("yes")
	defer stop()
	enough := len(k.read().begun) + 1 + mathrand.N(10)
	k.wait("a process to begin with a message", func(l *lives) bool { return len(l.begun) >= enough && l.last != "h" })
	stop()
	if l := k.read(); l.last != "h" {
		k.middle++
	}
}

// finish lets a last process handle what is left, and checks that all is.
func (k *killer) finish() {
	k.t.Helper()
	stop := k.start("no")
	defer stop()
	k.wait("all messages to be handled", func(l *lives) bool { return len(l.missing()) == 0 })
	l := k.read()
	for key := range killKeys {
		var got []int
		for _, n := range l.handled {
			if n%2 == 1 && n/2%killKeys == key && !slices.Contains(got, n) {
				got = append(got, n)
			}
		}
		if !slices.IsSorted(got) {
			k.t.Errorf("messages of key %d are handled in the order %v", key, got)
		}
	}
	if k.middle == 0 {
		k.t.Error("no process was killed in the middle of a message")
	}
	unique := slices.Compact(slices.Sorted(slices.Values(l.handled)))
	k.t.Logf("%d processes killed, %d of them in the middle of a message; %d messages published, 0 lost, %d handled more than once",
		*kills, k.middle, len(l.published), len(l.handled)-len(unique))
}

func (k *killer) wait(what string, fine func(*lives) bool) {
	k.t.Helper()
	for deadline := time.Now().Add(2 * patience); ; time.Sleep(2 * time.Millisecond) {
		l := k.read()
		if fine(l) {
			return
		}
		if time.Now().After(deadline) {
			out, _ := os.ReadFile(k.log + ".out")
			k.t.Fatalf("waited %v for %s; %d published, missing %v; the processes say:\n%.2000s", 2*patience, what, len(l.published), l.missing(),
				out)
		}
	}
}

// lives is what all processes have logged: numbers of messages.
type lives struct {
	published, begun, handled []int
	last                      string // the last thing that was logged of handling
}

// missing returns the messages that were published and not handled.
func (l *lives) missing() (missing []int) {
	handled := map[int]bool{}
	for _, n := range l.handled {
		handled[n] = true
	}
	for _, n := range l.published {
		if !handled[n] {
			missing = append(missing, n)
		}
	}
	return missing
}

func (k *killer) read() *lives {
	k.t.Helper()
	l, err := readLives(k.log)
	if err != nil {
		k.t.Fatal(err)
	}
	return l
}

func readLives(name string) (*lives, error) {
	data, err := os.ReadFile(name)
	if os.IsNotExist(err) {
		return &lives{}, nil
	}
	l := &lives{}
	for line := range strings.Lines(string(data)) {
		what, text, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		n, _ := strconv.Atoi(text)
		switch what {
		case "p":
			l.published = append(l.published, n)
		case "b":
			l.begun, l.last = append(l.begun, n), what
		case "h":
			l.handled, l.last = append(l.handled, n), what
		}
	}
	return l, err
}

// live is the life of a process that will be killed: it publishes numbers and handles them, and
// logs both. A number whose publishing was not answered is published again by the next one, with
// the same ID. It returns only if it fails.
func live(provider *bindings.Provider) error {
	before, err := readLives(os.Getenv(envLog))
	if err != nil {
		return err
	}
	log, err := os.OpenFile(os.Getenv(envLog), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	say := func(what string, n string) error { _, err := fmt.Fprintf(log, "%s %s\n", what, n); return err }
	ctx := context.Background()
	env := bindings.Environment{Namespace: os.Getenv(envNamespace), Bindings: []bindings.Binding{{Name: "numbers", URL: os.Getenv(envURL)}}}
	p, err := bindings.Open(ctx, env, provider)
	if err != nil {
		return err
	}
	o, err := topic.Open[string](ctx, p, "numbers", topic.IDOf(func(n string) string { return n }))
	if err != nil {
		return err
	}
	handle := func(_ context.Context, n string) error {
		if err := say("b", n); err != nil {
			return err
		}
		time.Sleep(10 * time.Millisecond)
		return say("h", n)
	}
	if _, err := o.Subscribe(ctx, group, handle, topic.Lease(time.Second)); err != nil {
		return err
	}
	for n := len(before.published); os.Getenv(envPublish) == "yes"; n++ {
		var options []topic.PublishOption
		if n%2 == 1 {
			options = append(options, topic.Key(strconv.Itoa(n/2%killKeys)))
		}
		if err := o.PublishWith(ctx, strconv.Itoa(n), options...); err != nil {
			return err
		}
		if err := say("p", strconv.Itoa(n)); err != nil {
			return err
		}
		time.Sleep(10 * time.Millisecond) // no faster than they are handled
	}
	select {} // until it is killed
}
