package blob

import (
	"slices"
	"strings"

	"github.com/instrumentgo/instrument/bindings"
)

// Keys is a page of keys, for providers that have all keys at hand.
type Keys struct {
	Keys     []string
	Prefixes []string
	Cursor   string
}

// Paginate returns the page that List should return, from all keys of a store, sorted. A cursor is
// a letter that says whether the last item of the page was a key or a prefix, followed by that
// item.
func Paginate(all []string, prefix, delimiter, cursor string, limit int) (Keys, error) {
	start := prefix
	if cursor != "" {
		start = cursor[1:]
		if cursor[0] != 'k' && cursor[0] != 'p' {
			return Keys{}, bindings.Errorf(bindings.FailedPrecondition, "the cursor must be one that a list has returned")
		}
	}
	var page Keys
	last := ""
	i, _ := slices.BinarySearch(all, start)
	for ; i < len(all) && strings.HasPrefix(all[i], prefix); i++ {
		key := all[i]
		group := groupOf(key, prefix, delimiter)
		if cursor == "k"+key || group != "" && (last == "p"+group || cursor == "p"+group) {
			continue // listed before
		}
		if len(page.Keys)+len(page.Prefixes) == limit {
			page.Cursor = last
			break
		}
		if group != "" {
			page.Prefixes, last = append(page.Prefixes, group), "p"+group
		} else {
			page.Keys, last = append(page.Keys, key), "k"+key
		}
	}
	return page, nil
}

// groupOf returns the beginning of a key up to the first delimiter after the prefix, "" if there is
// none.
func groupOf(key, prefix, delimiter string) string {
	if delimiter == "" {
		return ""
	}
	i := strings.Index(key[len(prefix):], delimiter)
	if i < 0 {
		return ""
	}
	return key[:len(prefix)+i+len(delimiter)]
}
