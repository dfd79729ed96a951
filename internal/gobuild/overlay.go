package gobuild

import (
	"encoding/json"
	"maps"
)

// WriteOverlay stores an overlay file that makes the replacements, the user's own ones included,
// and returns its path. Replacements map the path of a source file to the file that holds its
// content.
func WriteOverlay(c *Cache, own, user map[string]string) (string, error) {
	all := maps.Clone(user)
	if all == nil {
		all = map[string]string{}
	}
	maps.Copy(all, own)
	data, err := json.Marshal(struct{ Replace map[string]string }{all}) // sorted by key
	if err != nil {
		return "", err
	}
	return c.Put("overlay", "", "overlay.json", data)
}
