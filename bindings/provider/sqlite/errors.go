package sqlite

import (
	"context"
	"errors"

	"modernc.org/sqlite"
	code "modernc.org/sqlite/lib"

	"github.com/instrumentgo/instrument/bindings"
)

// coded returns the driver's error with its code.
func coded(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil: // the driver reports it as an interrupt
		return ctx.Err()
	case bindings.Code(err) != bindings.Unknown:
		return err
	}
	answer, _ := sqliteError(err)
	return bindings.Errorf(primary(answer), "%w", err)
}

// sqliteError returns SQLite's extended code of an error.
func sqliteError(err error) (int, bool) {
	if answer, ok := errors.AsType[*sqlite.Error](err); ok {
		return answer.Code(), true
	}
	return 0, false
}

// primary returns the code of one of SQLite's.
func primary(answer int) bindings.ErrorCode {
	switch answer & 0xff {
	case code.SQLITE_BUSY, code.SQLITE_LOCKED, code.SQLITE_CANTOPEN, code.SQLITE_IOERR:
		return bindings.Unavailable
	case code.SQLITE_FULL, code.SQLITE_TOOBIG, code.SQLITE_NOMEM:
		return bindings.ResourceExhausted
	case code.SQLITE_PERM, code.SQLITE_READONLY, code.SQLITE_AUTH:
		return bindings.PermissionDenied
	}
	return bindings.Unknown
}
