// Package vanished marks the errors of providers that say: what was made on the server for this
// store is no longer there, a bucket or a table. It was there, so somebody has removed it, or the
// server came back without its data. The access to the store opens it again for the next operation,
// which makes it again.
package vanished

import "errors"

// Err is what a marked error matches.
var Err = errors.New("what was made on the server is gone, and will be made again")

// Mark marks an error.
func Mark(err error) error { return &marked{err} }

type marked struct{ err error }

func (m *marked) Error() string        { return Err.Error() + ": " + m.err.Error() }
func (m *marked) Unwrap() error        { return m.err }
func (m *marked) Is(target error) bool { return target == Err }
