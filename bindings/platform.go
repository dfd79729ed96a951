package bindings

import (
	"context"
	"fmt"
	"maps"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Platform is what [Open] returns: the open bindings of one environment. Packages of kinds make the
// portable types from it, as kv.Open does.
type Platform struct {
	links map[string]*Link // by logical name; fixed after Open, or guarded by mu if there is otherwise
	conns []*namedConn     // in the order they were opened; likewise
	gate  gate

	otherwise *otherwise // nil if the environment lists all

	closing context.Context // ends when the stores are about to be closed
	shut    context.CancelFunc

	parts parts // of Part

	mu      sync.Mutex
	checks  []start // conditions of starting
	starts  []start // not yet run
	started bool
	refused bool // a condition did not hold at the last Start
	running bool // Start has begun everything
	hooks   []hook
	closed  bool
	ending  context.Context // that of Close, from when all hooks are run
	late    []error         // of hooks that were added since
}

func newPlatform() *Platform {
	p := &Platform{links: map[string]*Link{}}
	p.closing, p.shut = context.WithCancel(context.Background())
	return p
}

type namedConn struct {
	binding string // the first that uses it
	conn    Conn
}

// Link is an open binding, as the package of a kind sees it.
type Link struct {
	*resolved
	open     *namedConn
	platform *Platform
	server   string // host and port, "" if none
	parts    parts  // of LinkPart
	reports  reports
}

// Lookup returns the binding of a logical name, whose provider must have the kind.
func (p *Platform) Lookup(name string, kind Kind) (*Link, error) {
	link, err := p.link(name, kind)
	if err != nil {
		return nil, err
	}
	if link == nil {
		return nil, &Error{Code: NotFound, Op: "open", Binding: name, Err: missing(name, slices.Sorted(maps.Keys(p.links)))}
	}
	if !slices.Contains(link.provider.Kinds, kind) {
		return nil, &Error{Code: Unimplemented, Op: "open", Binding: name, Err: noKind(link.provider, kind)}
	}
	if kind != KV && kind != Topic && link.ttl != 0 {
		return nil, &Error{Code: Unimplemented, Op: "open", Binding: name, Err: fmt.Errorf("option ttl is for kv and topic, not for %s", kind)}
	}
	if len(link.resolved.Policy) > 0 && !hasPolicies(kind) {
		return nil, &Error{Code: Unimplemented, Op: "open", Binding: name, Err: noPolicies(kind)}
	}
	return link, nil
}

// Name returns the logical name.
func (l *Link) Name() string { return l.resolved.Name }

// Conn returns the connection. Other bindings may share it.
func (l *Link) Conn() Conn { return l.open.conn }

// Provider returns the provider.
func (l *Link) Provider() *Provider { return l.provider }

// Policy returns the policies that the environment puts around the operations; nil for none.
func (l *Link) Policy() []PolicyAspect { return l.resolved.Policy }

// OnClose is [Platform.OnClose] of the binding's platform.
func (l *Link) OnClose(stage Stage, name string, do func(context.Context) error) {
	l.platform.OnClose(stage, name, do)
}

// TTL returns the option ttl, 0 if it is not set.
func (l *Link) TTL() time.Duration { return l.ttl }

// PerTenant reports whether the environment scopes the binding to tenants.
func (l *Link) PerTenant() bool { return l.tenants }

// Namespace returns whose data it is.
func (l *Link) Namespace() string { return l.namespace }

// Server returns the host and the port of the server; "" and "" if there is none.
func (l *Link) Server() (host, port string) {
	host, port, err := net.SplitHostPort(l.server)
	if err != nil {
		return l.server, ""
	}
	return host, port
}

// Closing returns a context that ends when the platform is about to close its stores. Everything
// that waits for changes must end then.
func (l *Link) Closing() context.Context { return l.platform.closing }

// Space returns the space of an operation. If perTenant is set, its tenant is the context's, and it
// is an error if the context has none.
func (l *Link) Space(ctx context.Context, perTenant bool) (Space, error) {
	s := Space{Namespace: l.namespace, Binding: l.resolved.Name}
	if !perTenant {
		return s, nil
	}
	tenant, ok := Tenant(ctx)
	if !ok {
		return Space{}, errNoTenant
	}
	s.Tenant = tenant
	return s, nil
}

var errNoTenant = &Error{Code: FailedPrecondition,
	Err: fmt.Errorf("the binding is scoped to tenants, and the context has none: use bindings.WithTenant")}

// Enter begins an operation, which [Platform.Close] will wait for, and which must end with Leave.
// After Close, Enter fails.
func (l *Link) Enter() error {
	if !l.platform.gate.enter() {
		return errClosed
	}
	return nil
}

// Leave ends an operation.
func (l *Link) Leave() { l.platform.gate.leave() }

var errClosed = &Error{Code: Unavailable, Err: fmt.Errorf("the platform is closed")}

// Health says whether a binding could serve an operation now.
type Health struct {
	Binding string
	Err     error         // nil if it could
	Took    time.Duration // how long it took to find out
}

// Health asks all bindings at the same time, and returns the answers sorted by name.
func (p *Platform) Health(ctx context.Context) []Health {
	answers := map[*namedConn]*Health{}
	p.mu.Lock()
	links := maps.Clone(p.links)
	for _, c := range p.conns {
		answers[c] = &Health{}
	}
	p.mu.Unlock()
	var group sync.WaitGroup
	for c, answer := range answers {
		group.Go(func() {
			start := time.Now()
			answer.Err = c.conn.Ping(ctx)
			answer.Took = time.Since(start)
		})
	}
	group.Wait()
	var all []Health
	for _, name := range slices.Sorted(maps.Keys(links)) {
		h := *answers[links[name].open]
		h.Binding, h.Err = name, Failed("ping", name, h.Err)
		if h.Err == nil {
			h.Err = links[name].reports.failing()
		}
		all = append(all, h)
	}
	return all
}

// gate counts operations that are under way, and lets none in once it is shut.
type gate struct {
	inside atomic.Int64 // shut subtracts shutBias
	empty  chan struct{}
	once   sync.Once
}

// shutBias makes the count of a shut gate negative.
const shutBias = 1 << 40

func (g *gate) enter() bool {
	if g.inside.Add(1) > 0 {
		return true
	}
	g.leave()
	return false
}

func (g *gate) leave() {
	if g.inside.Add(-1) == -shutBias {
		g.once.Do(func() { close(g.empty) })
	}
}

// shut lets nothing in from now on, and returns a channel that is closed when all have left. It is
// called once.
func (g *gate) shut() <-chan struct{} {
	g.empty = make(chan struct{})
	if g.inside.Add(-shutBias) == -shutBias {
		g.once.Do(func() { close(g.empty) })
	}
	return g.empty
}
