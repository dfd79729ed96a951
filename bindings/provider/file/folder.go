package file

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// folder is one with the files of this package, in which a change lasts once it is on the disk: what
// a name leads to is part of the folder, and not of the file.
type folder struct {
	path  string
	fsync func(path string) error // writes the names of a folder to the disk
}

// makeFolder makes a folder and those above it, and lets them last.
func makeFolder(path string, fsync func(string) error) error {
	if info, err := os.Stat(path); err == nil {
		if !info.IsDir() {
			return &fs.PathError{Op: "mkdir", Path: path, Err: errors.New("a file is there")}
		}
		return nil
	}
	above := filepath.Dir(path)
	if above != path {
		if err := makeFolder(above, fsync); err != nil {
			return err
		}
	}
	if err := os.Mkdir(path, 0o700); err != nil {
		if errors.Is(err, fs.ErrExist) { // somebody else was faster, and may not have synced it yet
			return fsync(above)
		}
		return err
	}
	return fsync(above)
}

// part makes a file for what is being written, which sweep leaves alone for as long as it is open.
func (f folder) part() (*os.File, error) {
	for {
		file, err := os.CreateTemp(f.path, "*"+unfinished)
		if err != nil {
			return nil, err
		}
		if err := lock(file); err != nil {
			return nil, errors.Join(err, file.Close(), os.Remove(file.Name()))
		}
		// One that sweeps may have had the lock before, and removed the file.
		mine, err := file.Stat()
		there, gone := os.Stat(file.Name())
		if err == nil && gone == nil && os.SameFile(mine, there) {
			return file, nil
		}
		if err := errors.Join(err, file.Close()); err != nil {
			return nil, err
		}
	}
}

// sweep removes what interrupted writes have left, of this process or of others.
func (f folder) sweep() error {
	dir, err := os.Open(f.path)
	if err != nil {
		return err
	}
	defer dir.Close()
	names, err := dir.Readdirnames(-1)
	if err != nil {
		return err
	}
	for _, name := range names {
		if strings.HasSuffix(name, unfinished) {
			if err := removeAbandoned(filepath.Join(f.path, name)); err != nil {
				return err
			}
		}
	}
	return nil
}
