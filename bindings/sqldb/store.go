package sqldb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"time"

	"github.com/instrumentgo/instrument/bindings"
)

// The dialects of the providers of this project.
const (
	PostgreSQL = "postgresql"
	SQLite     = "sqlite"
)

// Abilities are what a provider declares about behavior that differs between databases.
type Abilities struct {
	Dialect string // of its SQL: PostgreSQL or SQLite

	// ConcurrentWriters says that transactions that write different rows run side by side.
	// Otherwise they come one after the other.
	ConcurrentWriters bool
	// Schemas says that a database has schemas, and names may be qualified by them.
	Schemas bool
	// AbortedByError says that a statement which fails ends its transaction: nothing but a rollback
	// is possible then.
	AbortedByError bool
	// StrictTypes says that a value which is not of its column's type is refused.
	StrictTypes bool
	// Placeholders are the ways to write the arguments of a statement: "$1" is among them.
	Placeholders []string
}

// AbilitiesOf returns what the provider of a database declares, and false for a database that is
// not from this package.
func AbilitiesOf(db *sql.DB) (Abilities, bool) {
	c, ok := db.Driver().(*connector)
	if !ok {
		return Abilities{}, false
	}
	return c.store.Abilities, true
}

// Opener is what a provider's connection implements to provide SQL.
type Opener interface {
	bindings.Conn
	// OpenSQL returns the database of a space, which it creates if it does not exist. It may be
	// called more than once for one space.
	OpenSQL(ctx context.Context, space bindings.Space) (*Store, error)
}

// Store is the database of one space, as a provider gives it: data and a few functions. Connections
// see the tables of the space only.
type Store struct {
	Abilities Abilities
	Pool      Pool

	// Connector makes connections, which have the methods of database/sql/driver that take a
	// context.
	Connector driver.Connector

	// TryLock is the query of whether a transaction has got a lock that it keeps until it ends, which
	// does not wait for the lock; "" where to begin a transaction waits for others.
	TryLock string

	// TryLockSession and UnlockSession are the same for a connection that is in no transaction; ""
	// where there is no such lock.
	TryLockSession, UnlockSession string

	// Wait is run on the connection that migrates, which is then not used for anything else: the
	// statement that lets it wait for others until its context ends; "" where every connection
	// does.
	Wait string

	// Script runs a script of several statements on a connection of Connector that is in a
	// transaction, or one statement on another. With its error it returns where the statement begins that failed, in bytes from
	// the beginning; -1 if that is not known.
	Script func(ctx context.Context, conn driver.Conn, script string) (at int, err error)

	// Resume prepares a statement that is about to run in no transaction, and reports whether it need
	// not run, because a connection that began it before has done all of it. begun says that one has
	// begun it. nil if nothing is to be prepared.
	Resume func(ctx context.Context, conn driver.Conn, statement string, begun bool) (done bool, err error)

	// Code returns what a driver's error means, and the server's own code for it, "" if it has
	// none.
	Code func(err error) (code bindings.ErrorCode, status string)
}

// Pool says how many connections are kept, as the methods of [sql.DB] have it.
type Pool struct {
	MaxOpen     int           // connections at once, of all tenants together; at least 1
	MaxIdle     int           // of them without work, at most
	MaxLifetime time.Duration // of a connection; 0 for ever
	MaxIdleTime time.Duration // without work; 0 for ever
}
