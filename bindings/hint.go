package bindings

import (
	"fmt"
	"maps"
	"slices"

	"github.com/instrumentgo/instrument/internal/suggest"
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
	if hint := suggest.DidYouMean(text, words); hint != "" {
		return " (" + hint + ")"
	}
	return ""
}
