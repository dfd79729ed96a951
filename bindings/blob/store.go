package blob

import (
	"context"
	"io"
	"time"

	"github.com/instrumentgo/instrument/bindings"
)

// MaxKey is the greatest length of a key, in bytes. Every provider can hold such a key, escaped.
const MaxKey = 1024

// Info describes an object.
type Info struct {
	Key         string
	Size        int64             // in bytes
	ContentType string            // as it was put; "" if unknown
	Metadata    map[string]string // as it was put; nil if there is none
	Modified    time.Time         // when it was put
	ETag        string            // differs for each write of the key; "" if the provider has none
}

// Put says how an object is to be written.
type Put struct {
	ContentType string
	Metadata    map[string]string
	IfAbsent    bool // fail with AlreadyExists if there is an object
}

// Range is a part of an object.
type Range struct {
	Offset int64
	Length int64 // negative for all the rest
}

// whole is the range of a whole object.
var whole = Range{Length: -1}

// Abilities are what a store declares. What is declared must work. An operation that needs anything
// else is refused before the store sees it.
type Abilities struct {
	IfAbsent       bool // Put can ask for it
	Copy           bool // the store is a Copier; without it objects are copied through this process
	SignedURL      bool // the store is a Signer
	Sorted         bool // List returns keys in the order of their bytes
	ReadYourWrites bool // a read that begins after a write has ended sees it
}

// Store is what a provider implements: objects of one space. Errors carry a code of package
// bindings. Many goroutines may call all methods at once.
type Store interface {
	// Abilities returns what the store can do. It does not change.
	Abilities() Abilities
	// Put writes an object, whole or not at all.
	Put(ctx context.Context, key string, r io.Reader, o Put) (Info, error)
	// Get returns a part of an object, or NotFound. A part that ends after the object ends with it;
	// one that begins after its end is FailedPrecondition.
	Get(ctx context.Context, key string, part Range) (io.ReadCloser, Info, error)
	// Stat returns the description of an object, or NotFound.
	Stat(ctx context.Context, key string) (Info, error)
	// Delete deletes an object; it is not an error if there is none.
	Delete(ctx context.Context, key string) error
	// List returns some of the objects whose keys begin with a prefix, without those whose keys
	// have the delimiter after it: for them it returns the keys up to the delimiter. The delimiter
	// may be "".
	List(ctx context.Context, prefix, delimiter, cursor string, limit int) (Page, error)
}

// Page is a part of a list. It may be empty without being the last.
type Page struct {
	Objects  []Info
	Prefixes []string // the beginnings of keys up to the delimiter, each once
	Cursor   string   // continues the list; "" at the end
}

// Copier is a store that copies objects by itself.
type Copier interface {
	// Copy writes an object that is the same as another, or NotFound. It uses only IfAbsent of o.
	Copy(ctx context.Context, to, from string, o Put) (Info, error)
}

// Signer is a store that makes URLs, each of which allows its owner one operation.
type Signer interface {
	// SignedURL returns a URL for an HTTP method, GET or PUT, that is valid for a time.
	SignedURL(ctx context.Context, method, key string, valid time.Duration) (string, error)
}

// Opener is what a provider's connection implements to provide blob.
type Opener interface {
	bindings.Conn
	// OpenBlob returns the store of a space. It may be called more than once for one space.
	OpenBlob(ctx context.Context, space bindings.Space) (Store, error)
}
