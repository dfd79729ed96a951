package blob

import (
	"context"
	"io"
	"iter"
	"sync"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/internal/access"
)

// Reader reads an object, or a part of one. It must be closed; until then its operation is running.
type Reader struct {
	Info Info // of the whole object
	name string
	body io.ReadCloser
	call access.Call[Store]
	err  error // of reading
	once sync.Once
}

// Read implements [io.Reader].
func (r *Reader) Read(p []byte) (int, error) {
	n, err := r.body.Read(p)
	if err != nil && err != io.EOF {
		r.err = err
		err = bindings.Failed("get", r.name, err)
	}
	return n, err
}

// Close closes the reader. It may be called more than once.
func (r *Reader) Close() (err error) {
	r.once.Do(func() {
		err = r.body.Close()
		if r.err != nil { // Read has returned it; now it is recorded
			_ = r.call.End(r.err)
			return
		}
		err = r.call.End(err)
	})
	return err
}

// Get returns a reader of an object. Its error is NotFound if there is none. Reading fails when ctx
// ends.
func (b Bucket) Get(ctx context.Context, key string) (*Reader, error) { return b.get(ctx, key, whole) }

// GetRange returns a reader of a part of an object: length bytes from offset, or all the rest if
// length is negative. A part that goes beyond the end of the object ends there; the error is
// FailedPrecondition if the offset is beyond the end.
func (b Bucket) GetRange(ctx context.Context, key string, offset, length int64) (*Reader, error) {
	return b.get(ctx, key, Range{offset, length})
}

func (b Bucket) get(ctx context.Context, key string, part Range) (*Reader, error) {
	c, err := b.access.Begin(ctx, "get")
	if err != nil {
		return nil, err
	}
	defer c.Unwind()
	if err = checkKey(key); err == nil && part.Offset < 0 {
		err = errOffset
	}
	if err != nil {
		return nil, c.End(err)
	}
	body, info, err := c.Store.Get(c.Ctx, key, part)
	if err != nil {
		return nil, c.End(err)
	}
	return &Reader{Info: info, name: b.access.Name(), body: body, call: c.Pass()}, nil
}

var errOffset = bindings.Errorf(bindings.FailedPrecondition, "the offset must be within the object")

// Check returns the part that a range means of an object with the given size, for providers. The
// error is FailedPrecondition if there is no such part.
func (r Range) Check(size int64) (offset, length int64, err error) {
	if r.Offset < 0 || r.Offset > size {
		return 0, 0, errOffset
	}
	length = size - r.Offset
	if r.Length >= 0 {
		length = min(length, r.Length)
	}
	return r.Offset, length, nil
}

// ReadAll returns an object's content.
func (b Bucket) ReadAll(ctx context.Context, key string) (data []byte, err error) {
	r, err := b.Get(ctx, key)
	if err != nil {
		return nil, err
	}
	data, err = io.ReadAll(r)
	if closeErr := r.Close(); err == nil {
		err = closeErr
	}
	return data, err
}

// Stat returns the description of an object. Its error is NotFound if there is none.
func (b Bucket) Stat(ctx context.Context, key string) (Info, error) {
	c, err := b.access.Begin(ctx, "stat")
	if err != nil {
		return Info{}, err
	}
	defer c.Unwind()
	if err := checkKey(key); err != nil {
		return Info{}, c.End(err)
	}
	info, err := c.Store.Stat(c.Ctx, key)
	return info, c.End(err)
}

// List returns about limit of the objects whose keys begin with prefix, and the cursor that
// continues after them; the first cursor is "". If delimiter is not "", the objects whose keys have
// it after the prefix are left out, and the beginnings of their keys up to it are in Page.Prefixes.
func (b Bucket) List(ctx context.Context, prefix, delimiter, cursor string, limit int) (Page, error) {
	c, err := b.access.Begin(ctx, "list")
	if err != nil {
		return Page{}, err
	}
	defer c.Unwind()
	if limit <= 0 {
		return Page{}, c.End(bindings.Errorf(bindings.FailedPrecondition, "the limit must be positive, not %d", limit))
	}
	page, err := c.Store.List(c.Ctx, prefix, delimiter, cursor, limit)
	return page, c.End(err)
}

// listed is how many objects All asks for at once.
const listed = 256

// All lists all objects whose keys begin with prefix. It ends with the first error.
func (b Bucket) All(ctx context.Context, prefix string) iter.Seq2[Info, error] {
	return func(yield func(Info, error) bool) {
		for cursor := ""; ; {
			page, err := b.List(ctx, prefix, "", cursor, listed)
			if err != nil {
				yield(Info{}, err)
				return
			}
			for _, info := range page.Objects {
				if !yield(info, nil) {
					return
				}
			}
			if cursor = page.Cursor; cursor == "" {
				return
			}
		}
	}
}
