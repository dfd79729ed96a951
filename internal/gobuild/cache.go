package gobuild

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// Cache keeps files under names made from their content or key. Each file is written whole and
// renamed into place, so that builds that run at the same time or are killed never leave half a
// file for each other.
type Cache struct{ dir string }

// OpenCache returns the cache in $INSTRUMENT_CACHE, by default the folder instrument in the user's
// cache folder.
func OpenCache() (*Cache, error) {
	dir := os.Getenv("INSTRUMENT_CACHE")
	if dir == "" {
		base, err := os.UserCacheDir()
		if err != nil {
			return nil, fmt.Errorf("find cache folder: %w (set INSTRUMENT_CACHE)", err)
		}
		dir = filepath.Join(base, "instrument")
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Join(dir, "tmp"), 0o777); err != nil {
		return nil, fmt.Errorf("make cache folder: %w", err)
	}
	return &Cache{dir}, nil
}

// Put stores data under a path made from its scope and content, which ends in base, and returns the
// path. Files with one content in several scopes, such as packages, have several paths.
func (c *Cache) Put(kind, scope, base string, data []byte) (string, error) {
	sum := sha256.Sum256(append([]byte(scope+"\x00"), data...))
	path := filepath.Join(c.dir, kind, hex.EncodeToString(sum[:12]), base)
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	return path, c.WriteFile(path, data)
}

// WriteFile replaces a file in one step.
func (c *Cache) WriteFile(path string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	err := writeVia(filepath.Join(c.dir, "tmp"), path, data)
	if err != nil { // the cache is on another file system, or not writable
		err = writeVia(filepath.Dir(path), path, data)
	}
	return err
}

func writeVia(dir, path string, data []byte) error {
	tmp, err := os.CreateTemp(dir, ".instrument-*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	mode := os.FileMode(0o644)
	if info, err := os.Stat(path); err == nil {
		mode = info.Mode().Perm()
	}
	_, err = tmp.Write(data)
	if err = errors.Join(err, tmp.Chmod(mode), tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}

func (c *Cache) keyed(kind, key string) string {
	sum := sha256.Sum256([]byte(key))
	return filepath.Join(c.dir, kind, hex.EncodeToString(sum[:16])+".json")
}

// Load reads into v what Store kept under key, and reports whether there was something.
func (c *Cache) Load(kind, key string, v any) bool {
	data, err := os.ReadFile(c.keyed(kind, key))
	return err == nil && json.Unmarshal(data, v) == nil
}

// Store keeps v under key. A cache that cannot be written costs time, not correctness.
func (c *Cache) Store(kind, key string, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return c.WriteFile(c.keyed(kind, key), data)
}

// sessionAge is how long the cache keeps what a build remembered.
const sessionAge = 24 * time.Hour

// Remember keeps v for other tool calls of the go command that is this process's parent.
func (c *Cache) Remember(v any) error {
	old, _ := filepath.Glob(filepath.Join(c.dir, "session", "*.json"))
	for _, path := range old {
		if info, err := os.Stat(path); err == nil && time.Since(info.ModTime()) > sessionAge {
			os.Remove(path)
		}
	}
	return c.Store("session", session(), v)
}

// Recall reads into v what was remembered, and reports whether there was something.
func (c *Cache) Recall(v any) bool { return c.Load("session", session(), v) }

func session() string {
	dir, _ := os.Getwd()
	return fmt.Sprint(os.Getppid(), " ", dir)
}

// Exports keeps the export data files that the go command listed. The files are in the build cache,
// which forgets old ones.
func (c *Cache) Exports(key string, list func() (map[string]string, error)) (map[string]string, error) {
	var files map[string]string
	if c.Load("exports", key, &files) && allExist(files) {
		return files, nil
	}
	files, err := list()
	if err != nil {
		return nil, err
	}
	return files, c.Store("exports", key, files)
}

func allExist(files map[string]string) bool {
	for _, f := range files {
		if _, err := os.Stat(f); err != nil {
			return false
		}
	}
	return true
}

// ToolID identifies this program by its content.
func ToolID() (string, error) {
	path, err := os.Executable()
	if err != nil {
		return "", err
	}
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	cache, err := OpenCache()
	if err != nil {
		return "", err
	}
	key := fmt.Sprintf("%s %d %d", path, info.Size(), info.ModTime().UnixNano())
	var id string
	if cache.Load("tool", key, &id) {
		return id, nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(data)
	id = hex.EncodeToString(sum[:12])
	return id, cache.Store("tool", key, id)
}
