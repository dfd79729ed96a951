package postgres

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/sqldb"
)

// sqlPool is what a binding of sql has unless options say otherwise. Connections without work are
// kept, since to connect costs more than most statements; a server has 100 of them by default,
// which several replicas share. They end after an hour, so that a server behind a name that has
// moved is found, and its memory freed.
var sqlPool = sqldb.Pool{MaxOpen: 10, MaxIdle: 10, MaxLifetime: time.Hour, MaxIdleTime: 5 * time.Minute}

// OpenSQL implements [sqldb.Opener]. Each space is a schema. The connections are not those of kv:
// the search path is set when one is made, as a startup parameter, so that no connection ever means
// another schema than its database's. A proxy that shares connections between clients refuses the
// parameter, or keeps it for each; a SET could reach another client's.
func (c *conn) OpenSQL(ctx context.Context, space bindings.Space) (*sqldb.Store, error) {
	schema := schemaName(space)
	if err := makeSchema(ctx, c.db, schema, space); err != nil {
		return nil, err
	}
	config := c.db.Config().ConnConfig
	config.RuntimeParams["search_path"] = pgx.Identifier{schema}.Sanitize()
	key := migrationKey(schema)
	return &sqldb.Store{
		Abilities: sqldb.Abilities{
			Dialect: sqldb.PostgreSQL, ConcurrentWriters: true, Schemas: true, AbortedByError: true, StrictTypes: true, Placeholders: []string{"$1"},
		},
		Pool:           c.sqlPool,
		Connector:      stdlib.GetConnector(*config, stdlib.OptionBeforeConnect(c.login.before)),
		TryLock:        fmt.Sprintf("SELECT pg_try_advisory_xact_lock(%d)", key),
		TryLockSession: fmt.Sprintf("SELECT pg_try_advisory_lock(%d)", key),
		UnlockSession:  fmt.Sprintf("SELECT pg_advisory_unlock(%d)", key),
		Script:         script,
		Resume:         resume,
		Code:           sqlCode,
	}, nil
}

// longestSchema is the greatest length of a name in PostgreSQL, which cuts what is longer.
const longestSchema = 63

// schemaName returns the schema of a space: its name, or a digest of one that is too long or is
// PostgreSQL's own.
func schemaName(space bindings.Space) string {
	name := space.Name()
	if len(name) <= longestSchema && !strings.HasPrefix(name, "pg_") && name != "public" {
		return name
	}
	sum := sha256.Sum256([]byte(name))
	return "h_" + hex.EncodeToString(sum[:24]) // no name of a space begins with "h_" and a letter or digit
}

// migrationKey is the advisory lock of a schema's migrations. Two schemas that have the same wait
// for each other, which is all.
func migrationKey(schema string) int64 {
	h := fnv.New64a()
	h.Write([]byte("instrument migrations " + schema))
	return int64(h.Sum64())
}

// makeSchema makes the schema of a space, if there is none: the user need not be allowed to where
// there is. The schema's comment says whose it is: one that is somebody else's is refused.
func makeSchema(ctx context.Context, db *pgxpool.Pool, schema string, space bindings.Space) error {
	mark := "instrument sql: " + space.Name()
	found, err := schemaMark(ctx, db, schema)
	if errors.Is(err, pgx.ErrNoRows) {
		err = pgx.BeginFunc(ctx, db, func(tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock($1)`, lockKey); err != nil {
				return err
			}
			var err error
			if found, err = schemaMark(ctx, tx, schema); !errors.Is(err, pgx.ErrNoRows) {
				return err
			}
			found = mark
			_, err = tx.Exec(ctx, `CREATE SCHEMA `+pgx.Identifier{schema}.Sanitize()+`; COMMENT ON SCHEMA `+pgx.Identifier{schema}.Sanitize()+
				` IS '`+mark+`'`) // of letters, digits, "-" and "_"
			return err
		})
	}
	if err != nil {
		return coded(fmt.Errorf("make schema %s: %w", schema, err))
	}
	if found != mark {
		return bindings.Errorf(bindings.FailedPrecondition,
			"the schema %s must be this binding's, with the comment %q, but has %q: rename the binding, the namespace or the schema", schema, mark,
			found)
	}
	return nil
}

// querier is a pool or a transaction.
type querier interface {
	QueryRow(ctx context.Context, query string, args ...any) pgx.Row
}

// schemaMark returns the comment of a schema, and ErrNoRows if there is no such schema.
func schemaMark(ctx context.Context, q querier, schema string) (mark string, err error) {
	err = q.QueryRow(ctx, `SELECT coalesce(obj_description(oid, 'pg_namespace'), '') FROM pg_namespace WHERE nspname = $1`, schema).Scan(&mark)
	return mark, err
}

// sqlCode returns what an error of a statement means, and its SQLSTATE.
func sqlCode(err error) (bindings.ErrorCode, string) {
	answer, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		if errors.Is(err, pgx.ErrTxCommitRollback) { // of a transaction in which a statement has failed
			return bindings.FailedPrecondition, ""
		}
		if pgconn.Timeout(err) || errors.Is(err, context.Canceled) {
			return bindings.Code(err), ""
		}
		return noAnswer(err), ""
	}
	switch state := answer.Code; {
	case state == "23505":
		return bindings.AlreadyExists, state
	case state[:2] == "23", state[:2] == "22": // constraints, values
		return bindings.FailedPrecondition, state
	default:
		return code(state), state
	}
}

// noAnswer returns the code of an error that is not the server's: of the connection, or of a value
// that cannot be sent.
func noAnswer(err error) bindings.ErrorCode {
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return bindings.Unavailable
	}
	var network interface{ Timeout() bool } // net.Error
	if errors.As(err, &network) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) || pgconn.SafeToRetry(err) {
		return bindings.Unavailable
	}
	return bindings.Unknown
}
