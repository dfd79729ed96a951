package mem

import "github.com/instrumentgo/instrument/bindings"

// room is what a space may store and does. It counts what the program wrote, and nothing for
// keeping it.
type room struct {
	quota int64 // in bytes; 0 for no limit
	used  int64
}

// take takes some bytes. A write that makes its entry smaller needs none.
func (r *room) take(bytes int) error {
	if r.quota > 0 && bytes > 0 && r.used+int64(bytes) > r.quota {
		return bindings.Errorf(bindings.ResourceExhausted, "the quota is reached: %d of %d bytes are taken, and %d more are needed", r.used,
			r.quota, bytes)
	}
	r.used += int64(bytes)
	return nil
}

// give gives bytes back.
func (r *room) give(bytes int) { r.used -= int64(bytes) }
