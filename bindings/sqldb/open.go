package sqldb

import (
	"context"
	"database/sql"
	"io/fs"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/internal/observe"
)

// Option is an option of [Open] and [OpenTenants].
type Option func(*settings)

type settings struct {
	migrations []fs.FS
}

// Migrations brings the schema of the database up to date when it is opened: by all files *.sql of
// the folders of files, which must be named by a number, as 0001_items.sql. It is what embed.FS is
// for. Given twice, the files of both are taken together.
func Migrations(files fs.FS) Option {
	return func(s *settings) { s.migrations = append(s.migrations, files) }
}

// binding is an open binding of kind SQL.
type binding struct {
	name       string
	link       *bindings.Link
	opener     Opener
	watch      *observe.Client
	migrations []migration
	gate       gate
}

// openBinding finds a binding and reads the migrations.
func openBinding(p *bindings.Platform, name string, options []Option) (*binding, error) {
	link, err := p.Lookup(name, bindings.SQL)
	if err != nil {
		return nil, err
	}
	var s settings
	for _, o := range options {
		o(&s)
	}
	host, port := link.Server()
	b := &binding{name: name, link: link, opener: link.Conn().(Opener), watch: observe.New(observe.Target{
		System: link.Provider().System, Namespace: link.Namespace() + "|" + name, Host: host, Port: port})}
	if b.migrations, err = readMigrations(s.migrations); err != nil {
		return nil, bindings.Failed("open", name, err)
	}
	return b, nil
}

// Open returns the database that an environment binds to a logical name, after running all
// migrations. It fails if there is no such binding, if its provider does not provide sql, and if it
// is scoped to tenants.
func Open(ctx context.Context, p *bindings.Platform, name string, options ...Option) (*sql.DB, error) {
	b, err := openBinding(p, name, options)
	if err != nil {
		return nil, err
	}
	if b.link.PerTenant() {
		return nil, bindings.Failed("open", name, errTenants)
	}
	space, err := b.link.Space(ctx, false)
	if err != nil {
		return nil, bindings.Failed("open", name, err)
	}
	db, err := b.open(ctx, space, nil)
	if err != nil {
		return nil, bindings.Failed("open", name, err)
	}
	p.OnClose(bindings.StageStores, "sql database "+name, func(ctx context.Context) error {
		b.gate.shut.Store(true)
		return closeIdle(ctx, db)
	})
	return db, nil
}

var errTenants = bindings.Errorf(bindings.FailedPrecondition,
	"the binding is scoped to tenants, which a *sql.DB cannot keep apart: use sqldb.OpenTenants, and DB(ctx) for the database of the context's tenant")

// open opens the database of a space and runs its migrations. slots are those of a binding's
// tenants, nil without.
func (b *binding) open(ctx context.Context, space bindings.Space, slots *slots) (*sql.DB, error) {
	store, err := b.opener.OpenSQL(ctx, space)
	if err != nil {
		return nil, err
	}
	c := &connector{store: store, binding: b, slots: slots}
	db := sql.OpenDB(c)
	db.SetMaxOpenConns(store.Pool.MaxOpen)
	db.SetMaxIdleConns(store.Pool.MaxIdle)
	db.SetConnMaxLifetime(store.Pool.MaxLifetime)
	db.SetConnMaxIdleTime(store.Pool.MaxIdleTime)
	err = db.PingContext(ctx)
	if err == nil {
		err = migrate(ctx, db, c, b.migrations)
	}
	if err != nil {
		_ = db.Close() // the first error says more
		return nil, err
	}
	return db, nil
}

// lookEvery is how often a database is asked whether it is still in use, by what waits for that: it
// has no signal.
const lookEvery = 5 * time.Millisecond

// closeIdle closes a database when nothing is under way any more, or ctx ends.
func closeIdle(ctx context.Context, db *sql.DB) error {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	var err error
	for err == nil && db.Stats().InUse > 0 {
		select {
		case <-ctx.Done():
			err = bindings.Errorf(bindings.Code(ctx.Err()), "wait for statements, rows and transactions under way: %w", context.Cause(ctx))
		case <-ticker.C:
		}
	}
	if closing := db.Close(); err == nil {
		err = closing
	}
	return err
}
