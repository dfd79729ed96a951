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
	case ctx.Err() != nil: // the driver tells of it as an interrupt
		return ctx.Err()
	case bindings.Code(err) != bindings.Unknown:
		return err
	}
	if answer, ok := errors.AsType[*sqlite.Error](err); ok {
		switch answer.Code() & 0xff {
		case code.SQLITE_BUSY, code.SQLITE_LOCKED, code.SQLITE_CANTOPEN, code.SQLITE_IOERR:
			return bindings.Errorf(bindings.Unavailable, "%w", err)
		case code.SQLITE_FULL, code.SQLITE_TOOBIG, code.SQLITE_NOMEM:
			return bindings.Errorf(bindings.ResourceExhausted, "%w", err)
		case code.SQLITE_PERM, code.SQLITE_READONLY, code.SQLITE_AUTH:
			return bindings.Errorf(bindings.PermissionDenied, "%w", err)
		}
	}
	return bindings.Errorf(bindings.Unknown, "%w", err)
}
