package bindings

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// openTimeout bounds how long Open waits for a server that does not answer.
const openTimeout = 10 * time.Second

// Open opens every binding of an environment, by the providers that take its URLs, and pings each
// connection. If anything is wrong it closes what it has opened and returns [Problems] with
// everything that it found.
func Open(ctx context.Context, env Environment, providers ...*Provider) (*Platform, error) {
	o := &opening{
		platform: newPlatform(),
		secrets:  map[string]*rotating{},
		conns:    map[string]*shared{},
	}
	waiting := o.check(env, providers)
	o.platform.otherwise = later(env, providers)
	opening, cancel := context.WithTimeout(ctx, openTimeout)
	defer cancel()
	for len(waiting) > 0 {
		ready, later := o.ready(waiting)
		if len(ready) == 0 {
			o.stuck(later)
			break
		}
		o.openAll(opening, ready)
		waiting = later
	}
	if err := o.problems.err(); err != nil {
		o.platform.shut()
		o.platform.closeConns(newGrace(context.WithoutCancel(ctx)))
		return nil, err
	}
	return o.platform, nil
}

// Check returns what is wrong with an environment, as far as that shows without asking a server or
// reading a secret: the problems that [Open] reports before it opens anything.
func Check(env Environment, providers ...*Provider) error {
	o := &opening{}
	o.check(env, providers)
	return o.problems.err()
}

// check checks all that can be checked before anything is opened, and returns what may be opened.
func (o *opening) check(env Environment, providers []*Provider) []*resolved {
	env.Bindings = append(slices.Clip(env.Bindings), o.needed(env)...)
	all := o.resolveAll(env, o.schemes(providers))
	o.checkNeeds(env.Needs)
	if env.Otherwise != nil { // which has an answer for what is not listed
		return all
	}
	return slices.DeleteFunc(all, func(r *resolved) bool { return !o.checkUses(r) })
}

// opening is the state of Open.
type opening struct {
	platform *Platform
	known    map[string]*resolved // by name, those without a problem
	failed   map[string]bool      // names that have a problem
	secrets  map[string]*rotating // those that are read, by name of their binding
	conns    map[string]*shared   // by what resolved.connection says
	problems Problems
}

func (o *opening) problem(b Binding, err error) {
	if o.failed == nil {
		o.failed = map[string]bool{}
	}
	o.failed[b.Name] = true
	o.problems = append(o.problems, Problem{b.Name, b.Position, fmt.Errorf("open %s: %w", b.Name, err)})
}

// schemes returns the provider of each scheme.
func (o *opening) schemes(providers []*Provider) map[string]*Provider {
	schemes := map[string]*Provider{}
	for _, p := range providers {
		for _, scheme := range p.Schemes {
			if other := schemes[scheme]; other != nil && other != p {
				o.problems = append(o.problems, Problem{Err: fmt.Errorf("open platform: %s and %s both take %q: pass one of them",
					other.Name, p.Name, scheme+":")})
			}
			schemes[scheme] = p
		}
	}
	return schemes
}

// resolveAll finds the provider and the options of each binding.
func (o *opening) resolveAll(env Environment, schemes map[string]*Provider) (all []*resolved) {
	if env.Namespace == "" {
		o.problems = append(o.problems,
			Problem{Err: fmt.Errorf("open platform: the environment must have a namespace, which is the service's name")})
	}
	o.known = map[string]*resolved{}
	names := map[string]bool{}
	for _, b := range env.Bindings {
		if names[b.Name] {
			o.problem(b, fmt.Errorf("the name must be used once"))
			continue
		}
		names[b.Name] = true
		o.checkPolicy(b)
		r, err := resolve(b, env.Namespace, schemes)
		if err != nil {
			o.problem(b, err)
		}
		if o.failed[b.Name] {
			continue
		}
		o.known[b.Name] = r
		all = append(all, r)
	}
	slices.SortFunc(all, func(a, b *resolved) int { return strings.Compare(a.Name, b.Name) })
	return slices.DeleteFunc(all, func(r *resolved) bool { return !o.checkSecrets(r, names) })
}

// checkSecrets reports whether the secrets that r refers to are bindings of that kind.
func (o *opening) checkSecrets(r *resolved, names map[string]bool) bool {
	fine := true
	for _, name := range r.secrets() {
		secret := o.known[name]
		switch {
		case !names[name]:
			o.problem(r.Binding, fmt.Errorf("secret %q must be a binding of the environment, such as %s: env:%s%s", name, name,
				strings.ToUpper(strings.ReplaceAll(Escape(name), "-", "_")), didYouMean(name, slices.Sorted(maps.Keys(names)))))
			fine = false
		case secret != nil && !slices.Contains(secret.provider.Kinds, Secret):
			o.problem(r.Binding, fmt.Errorf("secret %q must be of a provider of secrets, which %s is not", name, secret.provider.Name))
			fine = false
		}
	}
	return fine
}

// checkNeeds reports what the program asks for and the environment does not have.
func (o *opening) checkNeeds(needs []Need) {
	for _, need := range needs {
		b := Binding{Name: need.Name, Position: need.Position}
		switch r := o.known[need.Name]; {
		case r == nil && !o.failed[need.Name]:
			o.problem(b, missing(need.Name, slices.Sorted(maps.Keys(o.known))))
		case r != nil && !slices.Contains(r.provider.Kinds, need.Kind):
			o.problem(b, noKind(r.provider, need.Kind))
		case r != nil && len(r.Policy) > 0 && !hasPolicies(need.Kind):
			o.problem(r.Binding, noPolicies(need.Kind))
		}
	}
}

// checkUses reports whether the bindings that r uses are there, and of the kind that it uses them
// as.
func (o *opening) checkUses(r *resolved) bool {
	if r.provider.Needs == nil {
		return true
	}
	fine := true
	for _, need := range r.provider.Needs(r.url) {
		switch used := o.known[need.Name]; {
		case used == nil && !o.failed[need.Name]:
			o.problem(r.Binding, fmt.Errorf("it uses %s: %w", need.Name, missing(need.Name, slices.Sorted(maps.Keys(o.known)))))
			fine = false
		case used != nil && !slices.Contains(used.provider.Kinds, need.Kind):
			o.problem(r.Binding, fmt.Errorf("it uses %s: %w", need.Name, noKind(used.provider, need.Kind)))
			fine = false
		}
	}
	return fine
}

func missing(name string, names []string) error {
	return fmt.Errorf("the environment has no such binding%s", didYouMean(name, names))
}

func noKind(p *Provider, kind Kind) error {
	return fmt.Errorf("%s does not provide %s, only %s", p.Name, kind, strings.Join(kindNames(p.Kinds), ", "))
}

func kindNames(kinds []Kind) (names []string) {
	for _, k := range kinds {
		names = append(names, string(k))
	}
	slices.Sort(names)
	return names
}

// ready splits the bindings into those whose secrets are all read, and the others. One that waits
// for a binding which has failed is dropped: the reason is reported already.
func (o *opening) ready(waiting []*resolved) (ready, later []*resolved) {
	for _, r := range waiting {
		unread := slices.DeleteFunc(r.secrets(), func(name string) bool { _, ok := o.secrets[name]; return ok })
		switch {
		case len(unread) == 0:
			ready = append(ready, r)
		case slices.ContainsFunc(unread, func(name string) bool { return o.failed[name] }):
			o.failed[r.Name] = true
		default:
			later = append(later, r)
		}
	}
	return ready, later
}

// stuck reports bindings that wait for each other's secrets.
func (o *opening) stuck(waiting []*resolved) {
	for _, r := range waiting {
		o.problem(r.Binding, fmt.Errorf("its secret %q must not depend on it", r.secrets()[0]))
	}
}

// shared is a connection that one or more bindings use.
type shared struct {
	provider *Provider
	target   Target
	users    []*resolved
	conn     Conn
	kept     *namedConn // of the platform that closes it
	err      error
}

// openAll opens what is ready, all servers at once, and reads the secrets among them that others
// wait for.
func (o *opening) openAll(ctx context.Context, ready []*resolved) {
	var fresh []*shared
	users := map[*resolved]*shared{}
	for _, r := range ready {
		key := r.connection()
		s := o.conns[key]
		if s == nil {
			s = &shared{provider: r.provider, target: r.target(o.secrets)}
			o.conns[key] = s
			fresh = append(fresh, s)
		}
		s.users = append(s.users, r)
		users[r] = s
	}
	var group sync.WaitGroup
	for _, s := range fresh {
		group.Go(func() { s.open(ctx) })
	}
	group.Wait()
	for _, s := range fresh { // in a fixed order, which Close reverses
		if s.conn != nil {
			s.kept = &namedConn{s.users[0].Name, s.conn}
			o.platform.conns = append(o.platform.conns, s.kept)
		}
	}
	for _, r := range ready {
		s := users[r]
		if s.err != nil {
			o.problem(r.Binding, s.err)
			continue
		}
		o.platform.links[r.Name] = &Link{resolved: r, open: s.kept, platform: o.platform, server: s.target.URL.Host}
		o.readSecret(ctx, r, s.conn)
	}
}

func (s *shared) open(ctx context.Context) {
	if s.conn, s.err = s.provider.Open(ctx, s.target); s.err == nil && !s.provider.Late {
		s.err = s.conn.Ping(ctx)
	}
}

// readSecret reads a secret that some binding refers to.
func (o *opening) readSecret(ctx context.Context, r *resolved, conn Conn) {
	wanted := false
	for _, other := range o.known {
		wanted = wanted || slices.Contains(other.secrets(), r.Name)
	}
	if !wanted {
		return
	}
	if r.tenants {
		o.problem(r.Binding, fmt.Errorf("a secret that another binding refers to must not be scoped to tenants"))
		return
	}
	space := Space{Namespace: r.namespace, Binding: r.Name}
	value, err := readRotating(ctx, r.Name, func(ctx context.Context) (string, error) {
		text, _, err := conn.(SecretConn).ReadSecret(ctx, space)
		return text, err
	})
	if err != nil {
		o.problem(r.Binding, fmt.Errorf("read secret: %w", err))
		return
	}
	o.secrets[r.Name] = value
}
