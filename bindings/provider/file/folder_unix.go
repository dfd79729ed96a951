//go:build unix && !solaris && !aix

package file

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// syncFolder writes the names of a folder to the disk. A file system that cannot do so refuses it
// as invalid, and has nothing better.
func syncFolder(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	defer dir.Close()
	if err := dir.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) && !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	return nil
}

// lock locks a file until it is closed, or the process has ended, however it does.
func lock(file *os.File) error { return ignoringUnsupported(flock(file, syscall.LOCK_EX)) }

// release ends the lock of a file that is about to be moved. It keeps it, so that sweep cannot come
// between.
func release(*os.File) error { return nil }

// removeAbandoned removes a file unless somebody has it locked.
func removeAbandoned(path string) error {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) { // finished meanwhile, or of another user
		return nil
	}
	if err != nil {
		return err
	}
	defer file.Close()
	if flock(file, syscall.LOCK_EX|syscall.LOCK_NB) != nil { // somebody writes it, or nobody can tell
		return nil
	}
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func flock(file *os.File, how int) error {
	for {
		if err := syscall.Flock(int(file.Fd()), how); err != syscall.EINTR {
			return err
		}
	}
}

// ignoringUnsupported leaves out that a file system has no locks: there, nothing is swept.
func ignoringUnsupported(err error) error {
	if errors.Is(err, errors.ErrUnsupported) || err == syscall.ENOLCK {
		return nil
	}
	return err
}
