package file

import (
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/instrumentgo/instrument/bindings"
)

// An object's file holds the length of a header in four bytes, the header, and the content. Its
// name is the key, escaped as package bindings escapes names, so that it is safe where case does
// not count; one that is longer than a file's name may be is cut into folders.

const (
	finished   = ".blob"
	unfinished = ".part"
	further    = ".more"  // the name goes on inside
	longest    = 200      // of a name, without what comes after the dot
	maxHeader  = 16 << 20 // of what is believed of a file
)

// pathOf returns the path of an object.
func (b *bucket) pathOf(key string) string {
	path, name := b.path, bindings.Escape(key)
	for len(name) > longest {
		path = filepath.Join(path, name[:longest]+further)
		name = name[longest:]
	}
	return filepath.Join(path, name+finished)
}

// keyOf is the reverse of pathOf, and false for what is no object's path.
func (b *bucket) keyOf(path string) (string, bool) {
	name, err := filepath.Rel(b.path, path)
	if err != nil {
		return "", false
	}
	name, ok := strings.CutSuffix(strings.ReplaceAll(filepath.ToSlash(name), further+"/", ""), finished)
	if !ok {
		return "", false
	}
	var key strings.Builder
	for {
		text, rest, escaped := strings.Cut(name, "_")
		key.WriteString(text)
		if !escaped {
			return key.String(), true
		}
		if len(rest) < 2 {
			return "", false
		}
		c, err := hex.DecodeString(rest[:2])
		if err != nil {
			return "", false
		}
		key.Write(c)
		name = rest[2:]
	}
}

// header is what a file says of its object. The key is JSON's base64 of its bytes, which may be no
// text.
type header struct {
	Key         string
	ContentType string
	Metadata    map[string]string
}

type headerJSON struct {
	Key         []byte            `json:"key"`
	ContentType string            `json:"contentType,omitempty"`
	Metadata    map[string]string `json:"metadata,omitempty"`
}

func (h header) write(w io.Writer) error {
	text, err := json.Marshal(headerJSON{[]byte(h.Key), h.ContentType, h.Metadata})
	if err != nil {
		return err
	}
	_, err = w.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(text))), text...))
	return err
}

// readHeader reads a header, and returns how many bytes it has taken.
func readHeader(r io.Reader) (header, int64, error) {
	var size [4]byte
	if _, err := io.ReadFull(r, size[:]); err != nil {
		return header{}, 0, fmt.Errorf("read object: %w", err)
	}
	n := binary.BigEndian.Uint32(size[:])
	if n > maxHeader {
		return header{}, 0, fmt.Errorf("read object: the file was not written by this package")
	}
	text := make([]byte, n)
	if _, err := io.ReadFull(r, text); err != nil {
		return header{}, 0, fmt.Errorf("read object: %w", err)
	}
	var h headerJSON
	if err := json.Unmarshal(text, &h); err != nil {
		return header{}, 0, fmt.Errorf("read object: %w", err)
	}
	return header{string(h.Key), h.ContentType, h.Metadata}, int64(4 + n), nil
}
