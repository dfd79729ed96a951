package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"sync"

	"github.com/instrumentgo/instrument/bindings"
)

// Tenants are the databases of a binding that is scoped to tenants, one for each. [OpenTenants]
// returns them. Copies are the same, and many goroutines may call all methods at once.
type Tenants struct{ *tenants }

type tenants struct {
	binding *binding
	slots   *slots

	mu     sync.Mutex
	closed bool
	known  map[string]*tenant
}

// tenant is the database of one tenant.
type tenant struct {
	opening chan struct{} // holds a token, which whoever opens the database takes
	db      *sql.DB       // nil until it is open; guarded by the tenants' mu
}

// OpenTenants returns the databases of a binding, which it keeps apart by tenant whether the
// environment asks for that or not. A tenant's database is created, and its migrations run, when it
// is first used. The databases share the connections that the option max-open allows.
func OpenTenants(_ context.Context, p *bindings.Platform, name string, options ...Option) (Tenants, error) {
	b, err := openBinding(p, name, options)
	if err != nil {
		return Tenants{}, err
	}
	t := &tenants{binding: b, known: map[string]*tenant{}}
	t.slots = &slots{reclaim: t.reclaim}
	p.OnClose(bindings.StageStores, "sql databases of "+name, t.close)
	return Tenants{t}, nil
}

// DB returns the database of the context's tenant. Its error is FailedPrecondition if there is
// none.
func (t Tenants) DB(ctx context.Context) (*sql.DB, error) {
	if t.tenants == nil {
		return nil, bindings.Failed("open", "", bindings.Errorf(bindings.FailedPrecondition, "the databases must come from sqldb.OpenTenants"))
	}
	db, err := t.open(ctx)
	return db, bindings.Failed("open", t.binding.name, err)
}

func (t *tenants) open(ctx context.Context) (*sql.DB, error) {
	space, err := t.binding.link.Space(ctx, true)
	if err != nil {
		return nil, err
	}
	one, db, err := t.find(space.Tenant)
	if err != nil || db != nil {
		return db, err
	}
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-one.opening:
	}
	defer func() { one.opening <- struct{}{} }()
	if _, db, err = t.find(space.Tenant); err != nil || db != nil {
		return db, err
	}
	if db, err = t.binding.open(ctx, space, t.slots); err != nil {
		return nil, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		_ = db.Close() // nobody has used it
		return nil, errClosed
	}
	one.db = db
	return db, nil
}

// find returns a tenant, and its database if it is open.
func (t *tenants) find(name string) (*tenant, *sql.DB, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return nil, nil, errClosed
	}
	one := t.known[name]
	if one == nil {
		one = &tenant{opening: make(chan struct{}, 1)}
		one.opening <- struct{}{}
		t.known[name] = one
	}
	return one, one.db, nil
}

// databases returns those that are open.
func (t *tenants) databases() (all []*sql.DB) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, one := range t.known {
		if one.db != nil {
			all = append(all, one.db)
		}
	}
	return all
}

// reclaim closes the connections that no tenant uses now.
func (t *tenants) reclaim(idle int) {
	for _, db := range t.databases() {
		if db.Stats().Idle > 0 {
			db.SetMaxIdleConns(-1)
			db.SetMaxIdleConns(idle)
		}
	}
}

func (t *tenants) close(ctx context.Context) error {
	t.mu.Lock()
	t.closed = true
	t.mu.Unlock()
	t.binding.gate.shut.Store(true)
	var errs []error
	for _, db := range t.databases() {
		errs = append(errs, closeIdle(ctx, db))
	}
	return errors.Join(errs...)
}
