package bindings_test

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/instrumentgo/instrument/bindings"
)

// fake is a provider that tells what becomes of its connections.
type fake struct {
	mu     sync.Mutex
	log    []string
	down   string // host that does not answer
	opened []bindings.Target
}

func (f *fake) note(text string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.log = append(f.log, text)
}

func (f *fake) provider() *bindings.Provider {
	return &bindings.Provider{Name: "fake", Schemes: []string{"fake"}, Kinds: []bindings.Kind{bindings.KV, bindings.Secret},
		Options: []bindings.Option{{Name: "pool"}},
		Open: func(_ context.Context, target bindings.Target) (bindings.Conn, error) {
			f.mu.Lock()
			defer f.mu.Unlock()
			f.opened = append(f.opened, target)
			return &fakeConn{f, target}, nil
		}}
}

type fakeConn struct {
	fake   *fake
	target bindings.Target
}

func (c *fakeConn) Ping(context.Context) error {
	if c.target.URL.Host == c.fake.down {
		return bindings.Errorf(bindings.Unavailable, "dial %s: refused", c.target.URL.Host)
	}
	return nil
}

func (c *fakeConn) Close(context.Context) error {
	c.fake.note("close " + c.target.URL.Host)
	return nil
}

func (c *fakeConn) ReadSecret(_ context.Context, space bindings.Space) (string, string, error) {
	if space.Binding == "empty" {
		return "", "", bindings.NotFound
	}
	return "secret of " + space.Binding, "", nil
}

// Everything that is wrong is reported at once, with its place and what to do; and nothing stays
// open.
func TestOpenTellsAllProblems(t *testing.T) {
	f := &fake{down: "down:1"}
	b := func(name, url string, options ...string) bindings.Binding {
		b := bindings.Binding{Name: name, URL: url, Position: "dev.yaml:1:1", Options: map[string]bindings.Value{}}
		for i := 0; i < len(options); i += 2 {
			b.Options[options[i]] = bindings.Value{Text: options[i+1]}
			if secret, ok := strings.CutPrefix(options[i+1], "secret "); ok {
				b.Options[options[i]] = bindings.Value{Secret: secret}
			}
		}
		return b
	}
	env := bindings.Environment{Bindings: []bindings.Binding{
		b("a-up", "fake://up:1"),
		b("b-down", "fake://down:1"),
		b("c-module", "redis://cache"),
		b("d-scheme", "fle:x"),
		b("e-option", "fake://up?pol=1"),
		b("e-policy", "fake://up?limit=1"),
		b("f-tenants", "fake://up?tenants=yes"),
		b("g-secret", "fake://up", "password", "secret nowhere"),
		b("h-cycle", "fake://up", "password", "secret h-cycle"),
		b("i-missing", "fake://up", "password", "secret empty"),
		b("empty", "fake://up"),
		b("j-twice", "fake://up?pool=1", "pool", "2"),
		b("k-url", "carts"),
		b("k-url", "fake://up"),
		b("l-url", "fake://user:hunter2@[bad"),
	}, Needs: []bindings.Need{{"a-up", bindings.Blob, "orders.go:3:2"}, {"a-upp", bindings.KV, "orders.go:4:2"}, {"b-down", bindings.KV, ""}}}
	_, err := bindings.Open(t.Context(), env, f.provider())
	want := []string{
		"open platform: the environment must have a namespace",
		"orders.go:3:2: open a-up: fake does not provide blob, only kv, secret",
		`orders.go:4:2: open a-upp: the environment has no such binding (did you mean "a-up"?)`,
		"dev.yaml:1:1: open b-down: unavailable: dial down:1: refused",
		`dev.yaml:1:1: open c-module: no provider was given for "redis:": import github.com/instrumentgo/instrument/bindings/provider/redis and pass redis.Provider`,
		`dev.yaml:1:1: open d-scheme: no provider takes the scheme "fle:" (did you mean "file"?)`,
		`dev.yaml:1:1: open e-option: fake has no option "pol" (did you mean "pool"?)`,
		`dev.yaml:1:1: open e-policy: fake has no option "limit" (write it as policy: {limit: …})`,
		"dev.yaml:1:1: open empty: read secret: not found",
		`dev.yaml:1:1: open f-tenants: option tenants must be true or false, not "yes"`,
		`dev.yaml:1:1: open g-secret: secret "nowhere" must be a binding of the environment, such as nowhere: env:NOWHERE`,
		`dev.yaml:1:1: open h-cycle: its secret "h-cycle" must not depend on it`,
		"dev.yaml:1:1: open j-twice: option pool must be set once",
		"dev.yaml:1:1: open k-url: the name must be used once",
		"dev.yaml:1:1: open k-url: the url must begin with a scheme, such as mem: or redis://host",
		"dev.yaml:1:1: open l-url: parse url: ",
	}
	if err == nil {
		t.Fatal("open must fail")
	}
	got := strings.Split(err.Error(), "\n")
	if len(got) != len(want) {
		t.Fatalf("%d problems, want %d:\n%v", len(got), len(want), err)
	}
	for i := range want {
		if !strings.HasPrefix(got[i], want[i]) {
			t.Errorf("problem is %q,\nwant %q", got[i], want[i])
		}
	}
	if strings.Contains(err.Error(), "hunter2") {
		t.Error("no message may hold a password")
	}
	if !errors.Is(err, bindings.Unavailable) {
		t.Error("the problems must match their causes")
	}
	if len(f.log) != len(f.opened) {
		t.Errorf("%d connections were opened and %d closed", len(f.opened), len(f.log))
	}
}

// A file can be checked where its servers cannot be reached.
func TestCheckOpensNothing(t *testing.T) {
	f := &fake{down: "down"}
	env := bindings.Environment{Namespace: "orders", Bindings: []bindings.Binding{{Name: "a", URL: "fake://down"}}}
	if err := bindings.Check(env, f.provider()); err != nil {
		t.Errorf("check: %v", err)
	}
	env.Needs = []bindings.Need{{Name: "b", Kind: bindings.KV, Position: "orders.go:3:2"}}
	env.Bindings = append(env.Bindings, bindings.Binding{Name: "c", URL: "nats://bus"})
	err := bindings.Check(env, f.provider())
	if err == nil || len(strings.Split(err.Error(), "\n")) != 2 || len(f.opened) != 0 {
		t.Errorf("check is %v, want two problems; %d connections were opened", err, len(f.opened))
	}
}

// Bindings of one server share a connection, unless their options or credentials differ; secrets go
// where they belong.
func TestOpenSharesConnections(t *testing.T) {
	f := &fake{}
	env := bindings.Environment{Namespace: "orders", Bindings: []bindings.Binding{
		{Name: "a", URL: "fake://up:1?ttl=1h"},
		{Name: "b", URL: "fake://up:1?tenants=true"},
		{Name: "c", URL: "fake://up:1?pool=3"},
		{Name: "d", URL: "fake://me@up:1", Options: map[string]bindings.Value{"password": {Secret: "key"}}},
		{Name: "key", URL: "fake://vault", Options: map[string]bindings.Value{"password": {Secret: "root"}}},
		{Name: "root", URL: "fake://env"},
	}}
	p, err := bindings.Open(t.Context(), env, f.provider())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, target := range f.opened {
		password, _ := target.URL.User.Password()
		got = append(got, strings.Join([]string{target.URL.Host, target.URL.User.Username(), password, target.Options["pool"]}, ","))
	}
	slices.Sort(got)
	want := []string{"env,,,", "up:1,,,", "up:1,,,3", "up:1,me,secret of key,", "vault,,secret of root,"}
	if !slices.Equal(got, want) {
		t.Errorf("connections are %q, want %q", got, want)
	}
	if err := p.Close(t.Context()); err != nil || len(f.log) != 5 {
		t.Errorf("close is %v, %q", err, f.log)
	}
}

// A lookup says what is wrong with a name, or with an option that the kind would ignore.
func TestLookup(t *testing.T) {
	p, err := bindings.Open(t.Context(), bindings.Environment{Namespace: "orders", Bindings: []bindings.Binding{{Name: "carts", URL: "fake://a?ttl=1h"}}}, (&fake{}).provider())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		kind bindings.Kind
		want string
	}{
		{"carts", bindings.KV, ""},
		{"cart", bindings.KV, `open cart: not found: the environment has no such binding (did you mean "carts"?)`},
		{"carts", bindings.Blob, "open carts: unimplemented: fake does not provide blob, only kv, secret"},
		{"carts", bindings.Secret, "open carts: unimplemented: option ttl is for kv and topic, not for secret"},
	} {
		_, err := p.Lookup(c.name, c.kind)
		if got := ""; err != nil {
			if got = err.Error(); got != c.want {
				t.Errorf("lookup %s is %q, want %q", c.name, got, c.want)
			}
		} else if c.want != "" {
			t.Errorf("lookup %s must be %q", c.name, c.want)
		}
	}
}

// Closing goes stage by stage, waits for what is under way, and closes connections last.
func TestCloseDrains(t *testing.T) {
	f := &fake{}
	env := bindings.Environment{Namespace: "orders", Bindings: []bindings.Binding{{Name: "a", URL: "fake://a"}, {Name: "b", URL: "fake://b"}}}
	p, err := bindings.Open(t.Context(), env, f.provider())
	if err != nil {
		t.Fatal(err)
	}
	link, err := p.Lookup("a", bindings.KV)
	if err != nil {
		t.Fatal(err)
	}
	hook := func(name string, err error) func(context.Context) error {
		return func(context.Context) error { f.note(name); return err }
	}
	p.OnClose(bindings.StagePublish, "outbox", hook("flush", errors.New("lost")))
	p.OnClose(bindings.StageConsume, "first", hook("pause first", nil))
	p.OnClose(bindings.StageConsume, "second", hook("pause second", nil))
	if err := link.Enter(); err != nil {
		t.Fatal(err)
	}
	closed := make(chan error)
	go func() { closed <- p.Close(context.Background()) }()
	for link.Enter() == nil { // until the platform lets nothing in
		link.Leave()
	}
	f.note("operation ends")
	link.Leave()
	if err := <-closed; err == nil || err.Error() != "close outbox: lost" {
		t.Errorf("close is %v, want what failed", err)
	}
	want := []string{"pause second", "pause first", "flush", "operation ends", "close a", "close b"}
	slices.Sort(f.log[4:]) // connections close at the same time
	if !slices.Equal(f.log, want) {
		t.Errorf("order is %q, want %q", f.log, want)
	}
}

// An operation that hangs does not keep the process for ever.
func TestCloseGivesUpWaiting(t *testing.T) {
	f := &fake{}
	p, err := bindings.Open(t.Context(), bindings.Environment{Namespace: "orders", Bindings: []bindings.Binding{{Name: "a", URL: "fake://a"}}}, f.provider())
	if err != nil {
		t.Fatal(err)
	}
	link, _ := p.Lookup("a", bindings.KV)
	if err := link.Enter(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := p.Close(ctx); !errors.Is(err, context.Canceled) || !slices.Equal(f.log, []string{"close a"}) {
		t.Errorf("close is %v, %q; want that it closes all the same", err, f.log)
	}
}

// A process that gets a signal to stop finishes its work, then closes the platform.
func TestRunUntilSignal(t *testing.T) {
	f := &fake{}
	p, err := bindings.Open(t.Context(), bindings.Environment{Namespace: "orders", Bindings: []bindings.Binding{{Name: "a", URL: "fake://a"}}}, f.provider())
	if err != nil {
		t.Fatal(err)
	}
	err = bindings.Run(t.Context(), p, time.Minute, func(ctx context.Context) error {
		self, err := os.FindProcess(os.Getpid())
		if err == nil {
			err = self.Signal(syscall.SIGTERM)
		}
		if err != nil {
			return err
		}
		<-ctx.Done()
		f.note("work ends")
		return ctx.Err()
	})
	if err != nil || !slices.Equal(f.log, []string{"work ends", "close a"}) {
		t.Errorf("run is %v, %q", err, f.log)
	}
}

func TestHealthNamesWhatIsDown(t *testing.T) {
	f := &fake{}
	p, err := bindings.Open(t.Context(), bindings.Environment{Namespace: "orders", Bindings: []bindings.Binding{
		{Name: "b", URL: "fake://b"}, {Name: "a", URL: "fake://a"}, {Name: "c", URL: "fake://b"}}}, f.provider())
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close(t.Context())
	f.down = "b"
	var got []string
	for _, h := range p.Health(t.Context()) {
		got = append(got, h.Binding+" "+bindings.Code(h.Err).Error())
	}
	if want := []string{"a ok", "b unavailable", "c unavailable"}; !slices.Equal(got, want) {
		t.Errorf("health is %q, want %q", got, want)
	}
}
