package aspects

import "github.com/instrumentgo/instrument/internal/option"

// The aspects of this file answer in the body's place: cache before it has run, fallback after it
// has failed.

var cacheAspect = &Definition{
	Name: option.Cache, Rule: "Cache", Type: "Cache", Attempt: true,
	Title: "keeps results by key",
	Doc: `A call whose key is in the cache gets the results kept there, and the body does not run.
If several calls miss with the same key at the same time, one runs the body and the others get its
results; if that one panics, the panic reaches all of them. The cache keeps neither answers of the
fallback nor the failure of a call that its caller cancelled. Callers share the results as they are,
so nobody may change what a pointer, slice or map in them holds. If a pointer in the key's
expression is nil, the call runs as if there were no cache. Each process has one cache per function,
whatever the receiver: if receivers differ, as clients of two hosts do, the key must say which one
it is.`,
	Needs: Needs{
		Error:      "a failed call is not kept",
		Plain:      "a result must be complete when it is kept",
		Unowned:    "the first caller that closes it closes it for all, and nobody closes what the cache drops",
		Ground:     "one cache would serve all its instantiations, whose results differ in type",
		NoResponse: "a response that has been written cannot be kept",
	},
	Example: example(option.Cache),
	Options: []Option{
		{Spec: option.Must(option.Cache, "key"), Rule: "CacheKey", Own: true,
			Doc: "what the results depend on: parameters, fields, methods without side effects, such as req.ID; given more than once, " +
				"all of them together",
			Why: "none: results are shared between all callers that differ only in what the key lacks, such as the tenant"},
		{Spec: option.Must(option.Cache, "ttl"), Rule: "CacheTTL", Field: "TTL",
			Doc: "how long a result is kept; by default until it is evicted",
			Why: "only the caller knows how old an answer may be: an exchange rate ages in seconds, a country never"},
		{Spec: option.Must(option.Cache, "size"), Rule: "CacheSize", Field: "Size", Doc: "number of entries; the least used ones are evicted",
			Why: "at 1 kB each that is 10 MB, which any service has, and it holds the busy keys of most"},
		{Spec: option.Must(option.Cache, "negative"), Rule: "CacheNegative", Field: "Negative", Doc: "whether errors are kept too",
			Why: "most errors pass; keep them where they mean \"there is none\""},
	},
}

var fallbackAspect = &Definition{
	Name: option.Fallback, Rule: "Fallback", Type: "Fallback", Attempt: true,
	Title: "another function answers when everything else failed",
	Doc: `When the call has failed after its retries, for example by its deadline or an open
breaker, a function of yours is called with those parameters that it takes, and its results become
the call's. It may take the error as one more parameter at the end. Its context is the caller's,
without the deadline that has passed. The span and the metrics report that it was applied. It never
answers for limit, authz or validate, which are outside it and refuse calls before, nor for a panic,
which is a defect and not a failure.`,
	Needs: Needs{
		Error:      "it says whether to answer",
		Plain:      "a result must be complete when it is judged",
		NoResponse: "a response that has been written cannot be taken back",
	},
	Example: example(option.Fallback),
	Options: []Option{
		{Spec: option.Must(option.Fallback, "func"), Own: true,
			Doc: "the function: cached or store.Cached, s.cached of the receiver; it takes some of the parameters, in their order, and " +
				"optionally the error at the end, and returns what the woven function returns"},
		{Spec: option.Must(option.Fallback, "on"), Rule: "FallbackOn", Field: "On", Doc: "only after these errors",
			Why: "none: it answers after every error, because a function that must not be answered for would not have a fallback"},
		{Spec: option.Must(option.Fallback, "skip"), Rule: "FallbackSkip", Field: "Skip", Doc: "never after these errors; beats on"},
		result(option.Fallback),
	},
}
