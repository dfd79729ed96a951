package mem

import (
	"bytes"
	"context"
	"io"
	"maps"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/blob"
)

// bucket is the objects of one space.
type bucket struct {
	faults *faults // nil for none
	*objects
}

type objects struct {
	mu   sync.Mutex
	all  map[string]object
	puts int // so far
	room room
}

// object is one write of an object, which does not change.
type object struct {
	info blob.Info
	data []byte
}

// OpenBlob implements [blob.Opener].
func (c *conn) OpenBlob(_ context.Context, space bindings.Space) (blob.Store, error) {
	c.memory.mu.Lock()
	defer c.memory.mu.Unlock()
	key := c.where + " " + space.Name()
	o := c.memory.buckets[key]
	if o == nil {
		o = &objects{all: map[string]object{}}
		c.memory.buckets[key] = o
	}
	o.mu.Lock()
	o.room.quota = c.quota
	o.mu.Unlock()
	return &bucket{c.faults, o}, nil
}

// Abilities implements [blob.Store].
func (b *bucket) Abilities() blob.Abilities {
	return blob.Abilities{IfAbsent: true, Copy: true, Sorted: true, ReadYourWrites: true}
}

// Put implements [blob.Store].
func (b *bucket) Put(ctx context.Context, key string, r io.Reader, o blob.Put) (blob.Info, error) {
	return around(ctx, b.faults, func() (blob.Info, error) {
		data, err := io.ReadAll(r)
		if err != nil {
			return blob.Info{}, err
		}
		return b.put(object{blob.Info{Key: key, ContentType: o.ContentType, Metadata: maps.Clone(o.Metadata)}, data}, o.IfAbsent)
	})
}

// put keeps an object.
func (b *objects) put(o object, ifAbsent bool) (blob.Info, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	before, ok := b.all[o.info.Key]
	if ok && ifAbsent {
		return blob.Info{}, bindings.AlreadyExists
	}
	grows := len(o.data) - len(before.data)
	if !ok {
		grows += len(o.info.Key)
	}
	if err := b.room.take(grows); err != nil {
		return blob.Info{}, err
	}
	b.puts++
	o.info.Size, o.info.Modified, o.info.ETag = int64(len(o.data)), time.Now(), strconv.Itoa(b.puts)
	b.all[o.info.Key] = o
	return o.described(), nil
}

// described returns a description whose metadata the caller may change.
func (o object) described() blob.Info {
	o.info.Metadata = maps.Clone(o.info.Metadata)
	return o.info
}

// find returns an object, or NotFound.
func (b *objects) find(key string) (object, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	o, ok := b.all[key]
	if !ok {
		return object{}, bindings.NotFound
	}
	return o, nil
}

// Get implements [blob.Store].
func (b *bucket) Get(ctx context.Context, key string, part blob.Range) (io.ReadCloser, blob.Info, error) {
	o, err := around(ctx, b.faults, func() (object, error) { return b.find(key) })
	if err != nil {
		return nil, blob.Info{}, err
	}
	offset, length, err := part.Check(o.info.Size)
	if err != nil {
		return nil, blob.Info{}, err
	}
	return io.NopCloser(bytes.NewReader(o.data[offset : offset+length])), o.described(), nil
}

// Stat implements [blob.Store].
func (b *bucket) Stat(ctx context.Context, key string) (blob.Info, error) {
	o, err := around(ctx, b.faults, func() (object, error) { return b.find(key) })
	return o.described(), err
}

// Delete implements [blob.Store].
func (b *bucket) Delete(ctx context.Context, key string) error {
	_, err := around(ctx, b.faults, func() (none, error) {
		b.mu.Lock()
		defer b.mu.Unlock()
		if o, ok := b.all[key]; ok {
			b.room.give(len(key) + len(o.data))
			delete(b.all, key)
		}
		return none{}, nil
	})
	return err
}

// Copy implements [blob.Copier].
func (b *bucket) Copy(ctx context.Context, to, from string, o blob.Put) (blob.Info, error) {
	return around(ctx, b.faults, func() (blob.Info, error) {
		source, err := b.find(from)
		if err != nil {
			return blob.Info{}, err
		}
		source.info.Key = to
		return b.put(source, o.IfAbsent)
	})
}

// List implements [blob.Store].
func (b *bucket) List(ctx context.Context, prefix, delimiter, cursor string, limit int) (blob.Page, error) {
	return around(ctx, b.faults, func() (blob.Page, error) {
		b.mu.Lock()
		defer b.mu.Unlock()
		keys, err := blob.Paginate(slices.Sorted(maps.Keys(b.all)), prefix, delimiter, cursor, limit)
		page := blob.Page{Prefixes: keys.Prefixes, Cursor: keys.Cursor}
		for _, key := range keys.Keys {
			page.Objects = append(page.Objects, b.all[key].described())
		}
		return page, err
	})
}
