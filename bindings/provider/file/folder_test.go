package file

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/blob"
)

// openBucket opens the objects in a folder, and writes down which folders are synced.
func openBucket(t *testing.T, path string) (*bucket, *[]string) {
	t.Helper()
	synced := new([]string)
	c := &conn{path: path, fsync: func(folder string) error {
		*synced = append(*synced, folder)
		return syncFolder(folder)
	}}
	store, err := c.OpenBlob(t.Context(), space)
	if err != nil {
		t.Fatal(err)
	}
	return store.(*bucket), synced
}

var space = bindings.Space{Namespace: "orders", Binding: "invoices"}

// parts returns the files in the folder of objects that are no objects.
func parts(t *testing.T, path string) []string {
	t.Helper()
	list, err := filepath.Glob(filepath.Join(path, space.Name(), "*"+unfinished))
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// An object whose Put has returned is there after the machine has lost its power, which is so only
// if the folder that has its name is on the disk; one that is deleted does not come back; and no
// folder is missing above them.
func TestNamesLast(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data", "blobs")
	b, synced := openBucket(t, path)
	if want := []string{filepath.Dir(filepath.Dir(path)), filepath.Dir(path), path}; !slices.Equal(*synced, want) {
		t.Errorf("open has synced %q, want %q", *synced, want)
	}
	long := strings.Repeat("k", longest+1)
	further := filepath.Join(b.path, strings.Repeat("k", longest)+further)
	for _, c := range []struct {
		what string
		do   func() error
		want []string
	}{
		{"put", func() error { return putText(b, "k", false) }, []string{b.path}},
		{"put if absent", func() error { return putText(b, "l", true) }, []string{b.path}},
		{"put of a long key", func() error { return putText(b, long, false) }, []string{b.path, further}},
		{"put of a long key again", func() error { return putText(b, long, false) }, []string{further}},
		{"put that is refused", func() error { return except(putText(b, "l", true), bindings.AlreadyExists) }, nil},
		{"delete", func() error { return b.Delete(t.Context(), "k") }, []string{b.path}},
		{"delete of nothing", func() error { return b.Delete(t.Context(), "k") }, nil},
		{"delete of a long key", func() error { return b.Delete(t.Context(), long) }, []string{further}},
	} {
		*synced = nil
		if err := c.do(); err != nil {
			t.Errorf("%s: %v", c.what, err)
		}
		if !slices.Equal(*synced, c.want) {
			t.Errorf("%s has synced %q, want %q", c.what, *synced, c.want)
		}
	}
}

func putText(b *bucket, key string, ifAbsent bool) error {
	_, err := b.Put(context.Background(), key, strings.NewReader("content"), blob.Put{IfAbsent: ifAbsent})
	return err
}

// except returns nil for the error that is wanted.
func except(err, want error) error {
	if errors.Is(err, want) {
		return nil
	}
	return errors.Join(errors.New("another error was wanted"), err)
}

// A Put is not done if its name is not on the disk.
func TestNamesThatDoNotLast(t *testing.T) {
	b, _ := openBucket(t, t.TempDir())
	full := errors.New("the disk is full")
	b.fsync = func(string) error { return full }
	if err := putText(b, "k", false); !errors.Is(err, full) {
		t.Errorf("put is %v, want %v", err, full)
	}
	if left := parts(t, filepath.Dir(b.path)); len(left) > 0 {
		t.Errorf("the put has left %q", left)
	}
}

// The file of kv is found again after the power was lost.
func TestDatabaseLasts(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data", "kv.db")
	for i, want := range [][]string{{filepath.Dir(filepath.Dir(path)), filepath.Dir(path)}, nil} {
		var synced []string
		c := &conn{path: path, sync: true, fsync: func(folder string) error {
			synced = append(synced, folder)
			return nil
		}}
		if _, err := c.OpenKV(t.Context(), space); err != nil {
			t.Fatal(err)
		}
		if err := c.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(synced, want) {
			t.Errorf("open number %d has synced %q, want %q", i+1, synced, want)
		}
	}
}
