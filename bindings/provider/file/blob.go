package file

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/blob"
)

// bucket is a folder with a file for each object.
type bucket struct {
	folder
}

// OpenBlob implements [blob.Opener].
func (c *conn) OpenBlob(_ context.Context, space bindings.Space) (blob.Store, error) {
	b := &bucket{folder{filepath.Join(c.path, space.Name()), c.fsync}}
	if err := makeFolder(b.path, b.fsync); err != nil {
		return nil, coded(err)
	}
	return b, coded(b.sweep())
}

// Abilities implements [blob.Store].
func (b *bucket) Abilities() blob.Abilities {
	return blob.Abilities{IfAbsent: true, Sorted: true, ReadYourWrites: true}
}

// Put implements [blob.Store]. The object is written next to its place and then moved there: a move
// replaces what is there, and a link does not. When Put returns, it lasts: its content and its name
// are on the disk.
func (b *bucket) Put(ctx context.Context, key string, r io.Reader, o blob.Put) (blob.Info, error) {
	path := b.pathOf(key)
	if err := makeFolder(filepath.Dir(path), b.fsync); err != nil {
		return blob.Info{}, coded(err)
	}
	beside, err := b.part()
	if err != nil {
		return blob.Info{}, coded(err)
	}
	defer os.Remove(beside.Name()) // fails if it was moved
	defer beside.Close()
	err = write(beside, header{key, o.ContentType, o.Metadata}, r)
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return blob.Info{}, coded(err)
	}
	info, err := stat(beside.Name())
	if err == nil {
		err = release(beside)
	}
	if err == nil {
		err = place(beside.Name(), path, o.IfAbsent)
	}
	if err == nil {
		err = b.fsync(filepath.Dir(path))
	}
	if err != nil {
		return blob.Info{}, coded(err)
	}
	return info, nil
}

// place gives a file its place, or with ifAbsent only if nothing is there.
func place(from, to string, ifAbsent bool) error {
	if !ifAbsent {
		return os.Rename(from, to)
	}
	if err := os.Link(from, to); errors.Is(err, fs.ErrExist) {
		return bindings.AlreadyExists
	} else if err != nil {
		return err
	}
	return nil
}

// write writes an object's file, to the disk.
func write(f *os.File, h header, r io.Reader) error {
	if err := h.write(f); err != nil {
		return err
	}
	if _, err := io.Copy(f, r); err != nil {
		return err
	}
	return f.Sync()
}

// Get implements [blob.Store].
func (b *bucket) Get(ctx context.Context, key string, part blob.Range) (io.ReadCloser, blob.Info, error) {
	f, info, begin, err := openObject(b.pathOf(key))
	if err != nil {
		return nil, blob.Info{}, coded(err)
	}
	offset, length, err := part.Check(info.Size)
	if err != nil {
		f.Close()
		return nil, blob.Info{}, err
	}
	return &reader{ctx, io.NewSectionReader(f, begin+offset, length), f}, info, nil
}

// reader reads a part of a file until its context ends.
type reader struct {
	ctx  context.Context
	part *io.SectionReader
	file *os.File
}

// Read implements [io.Reader].
func (r *reader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.part.Read(p)
}

// Close implements [io.Closer].
func (r *reader) Close() error { return r.file.Close() }

// Stat implements [blob.Store].
func (b *bucket) Stat(_ context.Context, key string) (blob.Info, error) {
	info, err := stat(b.pathOf(key))
	return info, coded(err)
}

func stat(path string) (blob.Info, error) {
	f, info, _, err := openObject(path)
	if err != nil {
		return blob.Info{}, err
	}
	return info, f.Close()
}

// openObject opens an object's file and returns where its content begins.
func openObject(path string) (f *os.File, info blob.Info, begin int64, err error) {
	if f, err = os.Open(path); err != nil {
		return nil, info, 0, err
	}
	h, begin, err := readHeader(f)
	var st fs.FileInfo
	if err == nil {
		st, err = f.Stat()
	}
	if err != nil {
		f.Close()
		return nil, info, 0, err
	}
	return f, blob.Info{Key: h.Key, Size: st.Size() - begin, ContentType: h.ContentType, Metadata: h.Metadata,
		Modified: st.ModTime(), ETag: strconv.FormatInt(st.ModTime().UnixNano(), 36)}, begin, nil
}

// Delete implements [blob.Store].
func (b *bucket) Delete(_ context.Context, key string) error {
	path := b.pathOf(key)
	err := os.Remove(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = b.fsync(filepath.Dir(path)) // or it would come back
	}
	return coded(err)
}

// List implements [blob.Store]. Each page reads the names of all files.
func (b *bucket) List(_ context.Context, prefix, delimiter, cursor string, limit int) (blob.Page, error) {
	var all []string
	err := filepath.WalkDir(b.path, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !strings.HasSuffix(path, unfinished) {
			if key, ok := b.keyOf(path); ok && strings.HasPrefix(key, prefix) {
				all = append(all, key)
			}
		}
		return err
	})
	if err != nil {
		return blob.Page{}, coded(err)
	}
	slices.Sort(all)
	keys, err := blob.Paginate(all, prefix, delimiter, cursor, limit)
	page := blob.Page{Prefixes: keys.Prefixes, Cursor: keys.Cursor}
	for _, key := range keys.Keys {
		info, err := stat(b.pathOf(key))
		if errors.Is(err, fs.ErrNotExist) {
			continue // deleted meanwhile
		}
		if err != nil {
			return blob.Page{}, coded(err)
		}
		page.Objects = append(page.Objects, info)
	}
	return page, err
}
