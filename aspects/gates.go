package aspects

import "github.com/instrumentgo/instrument/internal/option"

// The aspects of this file are asked before the body, and may refuse the call: limit, authz and
// validate. idempotent, which may also answer it, stands with them, because like authz and validate
// it is about correctness: INSTRUMENT=off leaves these three on.

// name returns the option by which several functions share the state of one aspect.
func name(aspect string) Option {
	return Option{Spec: option.Must(aspect, "name"), Own: true, Field: "Name",
		Doc: "functions that give the same name share one " + aspect +
			", and must give it the same options; by default each function has its own"}
}

// key returns the option that gives each value of an expression a state of its own.
func key(aspect, rule, doc string) Option {
	return Option{Spec: option.Must(aspect, "key"), Rule: rule, Doc: doc}
}

var limitAspect = &Definition{
	Name: option.Limit, Rule: "Limit", Type: "Limit",
	Title: "a number of calls per time",
	Doc: `Limits how many calls may begin per time, spread evenly, and refuses the others with
runtimehooks.ErrLimited, which says when to try again (RetryAfter). With key, each value of an
expression has a limit of its own, for example each tenant; keys that nobody has used for a while
are forgotten. If a pointer in the key's expression is nil, the call has no key; all calls without
one share a limit, and so do those with the key "". In a net/http handler the
refusal is status 429 with Retry-After. The limit is asked before everything that costs: a flood is
refused before it is authorized, retried or counted by a breaker.`,
	Needs:   Needs{Error: "a refused call is returned as an error"},
	Example: example(option.Limit),
	Options: []Option{
		name(option.Limit),
		{Spec: option.Must(option.Limit, "rate"), Rule: "LimitRate", Field: "Rate",
			Doc: "calls that may begin per time: 100/s, 20/m, 5/h, 10/250ms",
			Why: "none: only a load test shows what the function can take"},
		{Spec: option.Must(option.Limit, "burst"), Rule: "LimitBurst", Field: "Burst",
			Doc: "calls that may begin at once after a pause; by default the number in the rate",
			Why: "callers come in bunches, and a smaller burst refuses some of them at a load that the rate allows"},
		key(option.Limit, "LimitKey", "whose limit it is, such as req.Tenant; given more than once, all of them together"),
		{Spec: option.Must(option.Limit, "wait"), Rule: "LimitWait", Field: "Wait",
			Doc: "longest time that a call waits for its turn; with 0s it is refused at once",
			Why: "a server that lets callers wait holds their memory and connections while it is overloaded; waiting is for background jobs"},
	},
}

var authzAspect = &Definition{
	Name: option.Authz, Rule: "Authz", Type: "Authz",
	Title: "asks a function whether the caller may",
	Doc: `Calls a function of yours before the body, with those parameters that it takes. If it
returns an error, the call is refused: the error is returned in a *runtimehooks.DeniedError, which
matches runtimehooks.ErrDenied and the function's own error. In a net/http handler the response is
status 403, or 401 with WWW-Authenticate if the error matches runtimehooks.ErrUnauthenticated. A
retry does not ask again, and a cached or stored result is given only to a caller who may have it.
INSTRUMENT=off does not turn it off.`,
	Needs:   Needs{Error: "a refused call is returned as an error"},
	Example: example(option.Authz),
	Options: []Option{
		{Spec: option.Must(option.Authz, "func"), Own: true,
			Doc: "the function, which returns an error: authorize or policy.Authorize, s.authorize of the receiver, req.Authorize of a " +
				"parameter; it takes some of the parameters, in their order"},
		{Spec: option.Must(option.Authz, "challenge"), Rule: "Challenge", Field: "Challenge",
			Doc: "what WWW-Authenticate of a response with status 401 asks for, in a net/http handler, unless that is set already; by default Bearer",
			Why: "most services that authorize take tokens, and a browser does not ask its user for a password, as it does for Basic"},
	},
}

var validateAspect = &Definition{
	Name: option.Validate, Rule: "Validate", Type: "Validate",
	Title: "asks a function whether the arguments are valid",
	Doc: `Calls a function of yours before the body, with those parameters that it takes. If it
returns an error, the call is refused: the error is returned in a *runtimehooks.InvalidError, which
matches runtimehooks.ErrInvalid and the function's own error. In a net/http handler the response is
status 400. It is asked after authz, so that callers who may not call at all do not learn what would
be valid. INSTRUMENT=off does not turn it off.`,
	Needs:   Needs{Error: "a refused call is returned as an error"},
	Example: example(option.Validate),
	Options: []Option{
		{Spec: option.Must(option.Validate, "func"), Own: true,
			Doc: "the function, which returns an error: validate or orders.Validate, s.validate of the receiver, req.Validate of a " +
				"parameter; it takes some of the parameters, in their order"},
	},
}

var idempotentAspect = &Definition{
	Name: option.Idempotent, Rule: "Idempotent", Type: "Idempotent", Attempt: true,
	Title: "at most one success per key",
	Doc: `The first call with a key runs the body, and its results are stored; later calls get
them from the store and the body does not run. A call that failed stores nothing, so that it may be
tried again. A call that comes while another with the same key runs is refused with
runtimehooks.ErrInProgress, or waits. A call with the same key and other arguments is refused with
runtimehooks.ErrKeyReused: it is another request, and the results of the first are no answer to it.
If a pointer in the key's expression is nil, or the key is "", the call runs as if it had no key.

The store is a runtimehooks.IdempotencyStore, shared by all processes that must agree; it holds
results as JSON. It must be a runtimehooks.IdempotencyFence too: a call that takes longer than its
lease has lost its claim, and can neither give up nor overwrite that of the next one. If such a call
succeeds, its caller gets the stored results if the next one has succeeded meanwhile, and
runtimehooks.ErrSuperseded while that runs; the log says so. INSTRUMENT=off does not turn it off.`,
	Needs: Needs{
		Context:    "the store is asked with it",
		Error:      "it says whether there is a result to keep",
		Plain:      "what is stored must be complete at return",
		JSON:       "they are kept as JSON",
		Ground:     "one key would serve all its instantiations, whose results differ in type",
		NoResponse: "a response that has been written cannot be stored",
	},
	Example: example(option.Idempotent),
	Options: []Option{
		{Spec: option.Must(option.Idempotent, "key"), Rule: "IdempotencyKey", Own: true,
			Doc: "what makes two calls the same, such as req.Key: strings, integers, bools; given more than once, all of them together",
			Why: "none: it leaves the process as text, and two keys with one text would make two requests one"},
		{Spec: option.Must(option.Idempotent, "text"), Rule: "IdempotencyText",
			Doc: "faithful, if keys of other types have a method MarshalText whose text differs for all values that differ, as that of a UUID does",
			Why: "a method that hides or rounds a part of the value would make two requests one, and only its author knows"},
		{Spec: option.Must(option.Idempotent, "store"), Rule: "Store",
			Doc: "the runtimehooks.IdempotencyStore: a field such as s.store, or a variable of the package"},
		{Spec: option.Must(option.Idempotent, "same"), Rule: "Same",
			Doc: "what calls with one key must have in common, such as req.Amount; by default all parameters that have a form in JSON; " +
				"same=key compares no more than the key",
			Why: "a key that comes again with another amount is a client's mistake, and the first amount's receipt would hide it"},
		{Spec: option.Must(option.Idempotent, "ttl"), Rule: "IdempotencyTTL", Field: "TTL", Doc: "how long results are kept",
			Why: "a day outlives the retries of clients, queues and people who come back after lunch; longer only costs storage"},
		{Spec: option.Must(option.Idempotent, "lease"), Rule: "Lease", Field: "Lease",
			Doc: "how long a call keeps others out if its process dies; longer than any call takes",
			Why: "a process that died must not block its key for long, and a lease that ends during the call lets a second one run"},
		{Spec: option.Must(option.Idempotent, "wait"), Rule: "IdempotencyWait", Field: "Wait",
			Doc: "longest time that a call waits for another one with its key; with 0s it is refused at once",
			Why: "a second call at the same time is a client's mistake or its retry: it can come again, and waiting would hold two " +
				"requests in place of one"},
	},
}
