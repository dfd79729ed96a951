package servicetest

import (
	"context"
	"errors"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/kv"
	"github.com/instrumentgo/instrument/bindings/secret"
	"github.com/instrumentgo/instrument/bindings/service"
	"github.com/instrumentgo/instrument/bindings/service/internal/payments"
)

// patience is how long something may take that must happen.
const patience = 20 * time.Second

// lease is the shortest, which is what cases wait for.
const lease = time.Second

// What the service is called in the registry, and its token.
const (
	registered = "payments"
	token      = "t-0k3n"
)

// fixture is the world of one case: some processes that serve, and one that calls.
type fixture struct {
	mode      mode
	store     Store
	url       string // of the registry
	namespace string
	addresses []string           // of all processes so far
	impl      payments.Service   // in process
	caller    *bindings.Platform // of the last client
}

// open opens a platform that ends with the case.
func (f *fixture) open(t *testing.T, bs ...bindings.Binding) *bindings.Platform {
	t.Helper()
	providers := []*bindings.Provider{service.Provider}
	if f.mode == byRegistry {
		// Each process is a service of its own, and shares the registry on purpose.
		bs = append(bs, bindings.Binding{Name: "registry", URL: f.url, Options: map[string]bindings.Value{"namespace": {Text: f.namespace}}})
		providers = append(providers, f.store.Provider)
	}
	p, err := bindings.Open(t.Context(), bindings.Environment{Name: "test", Namespace: "shop", Bindings: bs}, providers...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closePlatform(t, p) })
	return p
}

func closePlatform(t *testing.T, p *bindings.Platform) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := p.Close(ctx); err != nil {
		t.Errorf("close platform: %v", err)
	}
}

// process is one that serves.
type process struct {
	platform *bindings.Platform
	address  string
}

// stop ends the process in good order.
func (p *process) stop(t *testing.T) { t.Helper(); closePlatform(t, p.platform) }

// serve starts a process that serves; in process, it is kept for the client.
func (f *fixture) serve(t *testing.T, impl payments.Service, options ...service.HandlerOption) *process {
	t.Helper()
	return f.serveAt(t, "127.0.0.1:0", impl, options...)
}

func (f *fixture) serveAt(t *testing.T, address string, impl payments.Service, options ...service.HandlerOption) *process {
	t.Helper()
	if f.mode == inProcess {
		f.impl = impl
		return nil
	}
	options = append([]service.HandlerOption{service.Token(secret.New(token, "")), service.Tenants()}, options...)
	p := f.open(t)
	server, err := service.Serve(t.Context(), p, address, payments.ServiceHandler(impl, options...))
	if err != nil {
		t.Fatal(err)
	}
	at := server.Addr().String()
	if f.mode == byRegistry {
		options := []service.RegisterOption{service.LeaseOf(3 * lease)}
		if f.store.Poll != 0 {
			options = append(options, service.LeaveIn(5*f.store.Poll))
		}
		if err := service.Register(t.Context(), p, "registry", registered, at, options...); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	f.addresses = append(f.addresses, at)
	return &process{p, at}
}

// mortal starts a process that can be killed.
func (f *fixture) mortal(t *testing.T, impl payments.Service) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(payments.ServiceHandler(impl, service.Token(secret.New(token, ""))))
	t.Cleanup(server.Close)
	at := strings.TrimPrefix(server.URL, "http://")
	f.addresses = append(f.addresses, at)
	if f.mode == byRegistry {
		f.enter(t, registered, at, 2*patience)
	}
	return server
}

// kill ends a process in no order.
func kill(s *httptest.Server) {
	s.CloseClientConnections()
	s.Listener.Close()
}

// enter writes an entry into the registry that gets no heartbeat.
func (f *fixture) enter(t *testing.T, name, address string, ttl time.Duration) {
	t.Helper()
	if _, err := f.entries(t).Set(t.Context(), name+"/"+strings.ReplaceAll(address, ":", "-"), entry{"http://" + address},
		kv.TTL(ttl)); err != nil {
		t.Fatal(err)
	}
}

// entry is an instance as the registry has it.
type entry struct {
	Address string `json:"address"`
}

// entries are what the registry has.
func (f *fixture) entries(t *testing.T) kv.Of[string, entry] {
	t.Helper()
	all, err := kv.Open[string, entry](t.Context(), f.open(t), "registry")
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// client returns the service as its users get it.
func (f *fixture) client(t *testing.T, options ...string) payments.Service {
	t.Helper()
	b := bindings.Binding{Name: "pay", Options: map[string]bindings.Value{}}
	switch f.mode {
	case inProcess:
		b.URL = "local:"
	case overHTTP:
		b.URL = "http://" + f.addresses[0]
		if len(f.addresses) > 1 {
			b.Options["also"] = bindings.Value{Text: strings.Join(f.addresses[1:], ", ")}
		}
	case byRegistry:
		b.URL = "registry://registry/" + registered
		if f.store.Poll != 0 {
			b.Options["poll"] = bindings.Value{Text: f.store.Poll.String()}
		}
	}
	if f.mode != inProcess {
		b.Options["token"] = bindings.Value{Text: token}
	}
	for i := 0; i < len(options); i += 2 {
		b.Options[options[i]] = bindings.Value{Text: options[i+1]}
	}
	f.caller = f.open(t, b)
	pay, err := payments.OpenService(t.Context(), f.caller, "pay")
	if err != nil {
		t.Fatal(err)
	}
	if f.mode == inProcess {
		if err := payments.ProvideService(f.caller, "pay", f.impl); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.caller.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return pay
}

// fake is a service of functions. One that is nil must not be called.
type fake struct {
	charge func(ctx context.Context, order payments.OrderID, cents int64) (payments.Receipt, error)
	find   func(ctx context.Context, order payments.OrderID) (*payments.Receipt, error)
	refund func(ctx context.Context, receipts ...payments.Receipt) error
	ping   func(ctx context.Context) error
	sum    func(ctx context.Context, byOrder map[payments.OrderID]int64) (int64, []payments.OrderID, error)
	calls  atomic.Int64
}

var errUnexpected = errors.New("this method must not be called")

func (f *fake) Charge(ctx context.Context, order payments.OrderID, cents int64) (payments.Receipt, error) {
	f.calls.Add(1)
	if f.charge == nil {
		return payments.Receipt{}, errUnexpected
	}
	return f.charge(ctx, order, cents)
}

func (f *fake) Find(ctx context.Context, order payments.OrderID) (*payments.Receipt, error) {
	f.calls.Add(1)
	if f.find == nil {
		return nil, errUnexpected
	}
	return f.find(ctx, order)
}

func (f *fake) Refund(ctx context.Context, receipts ...payments.Receipt) error {
	f.calls.Add(1)
	if f.refund == nil {
		return errUnexpected
	}
	return f.refund(ctx, receipts...)
}

func (f *fake) Ping(ctx context.Context) error {
	f.calls.Add(1)
	if f.ping == nil {
		return nil
	}
	return f.ping(ctx)
}

func (f *fake) Sum(ctx context.Context, byOrder map[payments.OrderID]int64) (int64, []payments.OrderID, error) {
	f.calls.Add(1)
	if f.sum == nil {
		return 0, nil, errUnexpected
	}
	return f.sum(ctx, byOrder)
}

// pinging is a service whose Ping is the given function.
func pinging(ping func(ctx context.Context) error) *fake { return &fake{ping: ping} }

// eventually waits until something holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		switch {
		case holds():
			return
		case time.Now().After(deadline):
			t.Fatalf("%s, after %v", what, patience)
		}
	}
}

// soon receives from a channel, which must have something soon.
func soon[T any](t *testing.T, what string, from <-chan T) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(patience):
		t.Fatalf("%s, after %v", what, patience)
		panic("unreachable")
	}
}
