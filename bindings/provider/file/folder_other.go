//go:build !unix || solaris || aix

package file

import (
	"errors"
	"io/fs"
	"os"
	"time"
)

// syncFolder does nothing: these systems do not sync a folder by itself.
func syncFolder(string) error { return nil }

// lock does nothing, and so removeAbandoned goes by the time.
func lock(*os.File) error { return nil }

// release ends the lock of a file that is about to be moved, which must not be open here.
func release(file *os.File) error { return file.Close() }

// abandoned is how long nobody has written a file that nobody will.
const abandoned = 24 * time.Hour

// removeAbandoned removes a file that nobody has written for long. Where one that is open cannot be
// removed, it stays.
func removeAbandoned(path string) error {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if time.Since(info.ModTime()) > abandoned {
		_ = os.Remove(path)
	}
	return nil
}
