package gobuild

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Toolexec returns the value of -toolexec that names a program of ours with its verb toolexec. The
// go command has no way to write a path with a space and both kinds of quotes: such a program is
// named by a link to it, in the cache, or in the folder for temporary files where the cache's own
// path is like that.
func Toolexec(c *Cache, tool string) (string, error) {
	if word, ok := quoteField(tool); ok {
		return word + " toolexec", nil
	}
	sum := sha256.Sum256([]byte(tool))
	name := hex.EncodeToString(sum[:12])
	for _, dir := range []string{filepath.Join(c.dir, "link"), filepath.Join(os.TempDir(), fmt.Sprintf("instrument-%d", os.Getuid()))} {
		link := filepath.Join(dir, name, "instrument")
		word, ok := quoteField(link)
		if !ok {
			continue
		}
		if err := linkTo(tool, link); err != nil {
			return "", fmt.Errorf("link to %s: %w", tool, err)
		}
		return word + " toolexec", nil
	}
	return "", fmt.Errorf("go -toolexec must be able to name %s, or a link to it in INSTRUMENT_CACHE: their paths have a space and both kinds of quotes", tool)
}

// linkTo makes a symbolic link, unless it is there. The folder that it is in must be the user's
// own.
func linkTo(tool, link string) error {
	if err := os.MkdirAll(filepath.Dir(link), 0o700); err != nil {
		return err
	}
	err := os.Symlink(tool, link)
	if have, _ := os.Readlink(link); errors.Is(err, fs.ErrExist) && have == tool {
		return nil
	}
	return err
}
