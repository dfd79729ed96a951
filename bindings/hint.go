package bindings

import (
	"fmt"
	"maps"
	"path"
	"slices"

	"github.com/instrumentgo/instrument/internal/suggest"
)

const module = "github.com/instrumentgo/instrument/bindings"

// known holds the folder of the provider of each scheme, for the providers of this project.
var known = map[string]string{
	"dbos+sqlite":   "provider/dbos",
	"env":           "provider/env",
	"file":          "provider/file",
	"http":          "service",
	"https":         "service",
	"local":         "service",
	"mem":           "provider/mem",
	"nats":          "provider/nats",
	"nats+embedded": "provider/nats",
	"postgres":      "provider/postgres",
	"postgresql":    "provider/postgres",
	"redis":         "provider/redis",
	"rediss":        "provider/redis",
	"registry":      "service",
	"sqlite":        "provider/sqlite",
	"tls+nats":      "provider/nats",
}

// noProvider says what to do about a scheme that none of the given providers takes.
func noProvider(scheme string) error {
	if folder := known[scheme]; folder != "" {
		return fmt.Errorf("no provider was given for %q: import %s/%s and pass %s.Provider to bindings.Open",
			scheme+":", module, folder, path.Base(folder))
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
