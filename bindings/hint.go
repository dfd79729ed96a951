package bindings

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

const module = "github.com/instrumentgo/instrument/bindings"

// known holds the package of each scheme that some provider of this project takes.
var known = map[string]string{
	"env":           "env",
	"file":          "file",
	"http":          "service",
	"https":         "service",
	"local":         "service",
	"mem":           "mem",
	"nats":          "nats",
	"nats+embedded": "nats",
	"postgres":      "postgres",
	"redis":         "redis",
	"rediss":        "redis",
	"registry":      "service",
	"sqlite":        "sqlite",
	"tls+nats":      "nats",
}

// noProvider says what to do about a scheme that none of the given providers takes.
func noProvider(scheme string) error {
	if pkg := known[scheme]; pkg != "" {
		return fmt.Errorf("no provider was given for %q: import %s/%s and pass %s.Provider to bindings.Open", scheme+":", module, pkg, pkg)
	}
	return fmt.Errorf("no provider takes the scheme %q%s", scheme+":", didYouMean(scheme, slices.Sorted(maps.Keys(known))))
}

// didYouMean returns ` (did you mean "ttl"?)` if one of the words is close to text.
func didYouMean(text string, words []string) string {
	best, least := "", 3
	for _, word := range words {
		if d := distance(strings.ToLower(text), word); d < least && d < len(word) {
			best, least = word, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(" (did you mean %q?)", best)
}

// distance is the number of letters to insert, delete or replace to turn a into b.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		above := row[0] // left of the diagonal
		row[0] = i + 1
		for j := range len(b) {
			replace := above
			if a[i] != b[j] {
				replace++
			}
			above = row[j+1]
			row[j+1] = min(replace, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
