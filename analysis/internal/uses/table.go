package uses

// effect is what a function or method of a kind's package asks of a provider.
type effect struct {
	ability  string // that not every provider has; "" for none
	soft     bool   // without it the call works, and means something else
	opens    bool   // it opens the binding that its third argument names
	argument bool   // it is about its first argument
	kind     string // of what it opens, where that is not the package's own
}

// portableType names the portable type of each kind.
var portableType = map[string]string{"blob": "Bucket", "config": "Of", "kv": "Of", "lock": "Locks", "secret": "Source", "sql": "Tenants", "topic": "Of"}

// askedOf holds every exported function of the kinds' packages and every method of their portable types, also those that ask
// for nothing, so that a new one cannot be forgotten.
var askedOf = map[string]map[string]effect{
	"blob": {
		"Open": {opens: true}, "PerTenant": {}, "Wrap": {}, "NewSigning": {}, "Paginate": {},
		"ContentType": {}, "Metadata": {}, "IfAbsent": {ability: "if-absent"},
		"Bucket.Abilities": {}, "Bucket.All": {ability: "sorted", soft: true}, "Bucket.Copy": {}, "Bucket.Delete": {}, "Bucket.Get": {},
		"Bucket.GetRange": {}, "Bucket.List": {ability: "sorted", soft: true}, "Bucket.Put": {}, "Bucket.ReadAll": {},
		"Bucket.SignedURL": {ability: "signed-url"}, "Bucket.Stat": {}, "Bucket.WriteAll": {},
	},
	"config": {
		"Open": {opens: true}, "Default": {}, "PerTenant": {}, "Strict": {},
		"Of.Abilities": {}, "Of.Get": {}, "Of.Snapshot": {}, "Of.Watch": {ability: "watch"},
	},
	"kv": {
		"Open": {opens: true}, "New": {}, "Add": {}, "Number": {}, "Codec": {}, "PerTenant": {}, "Wrap": {},
		"Idempotency": {ability: "ttl", argument: true}, // a result is kept for as long as the aspect says
		"After":       {}, "FromNow": {}, "Forever": {}, "IfAbsent": {}, "TTL": {ability: "ttl"},
		"Of.Abilities": {}, "Of.CompareAndDelete": {ability: "compare-and-swap"}, "Of.CompareAndSwap": {ability: "compare-and-swap"},
		"Of.Delete": {}, "Of.Entry": {}, "Of.Get": {}, "Of.GetMany": {}, "Of.Increment": {ability: "increment"},
		"Of.Keys": {ability: "sorted", soft: true}, "Of.List": {ability: "sorted", soft: true}, "Of.Set": {}, "Of.SetMany": {},
		"Of.Update": {ability: "compare-and-swap"}, "Of.Watch": {ability: "watch"},
	},
	"lock": {
		"Open": {opens: true}, "New": {}, "PerTenant": {}, "Wrap": {}, "Manual": {}, "TTL": {},
		"Locks.Lock": {}, "Locks.Try": {},
	},
	"secret": {
		"Open": {opens: true}, "Get": {opens: true}, "New": {}, "PerTenant": {},
		"Source.Abilities": {}, "Source.Get": {}, "Source.Watch": {ability: "watch"},
	},
	"service": {
		"Open": {opens: true}, "NewClient": {}, "Call": {}, "Provide": {}, "NewHandler": {}, "Handle": {}, "Serve": {},
		"Authorize": {}, "InstanceID": {}, "LeaseOf": {}, "LeaveIn": {}, "Linger": {}, "MaxBody": {}, "Tenants": {}, "Token": {},
		"Register": {opens: true, kind: "kv", ability: "ttl"}, // an instance that dies must expire
	},
	"sql": {
		"Open": {opens: true}, "OpenTenants": {opens: true}, "AbilitiesOf": {}, "Migrations": {}, "PoolOf": {}, "PoolOptions": {},
		"Tenants.DB": {},
	},
	"topic": {
		"Open": {opens: true}, "Handle": {opens: true}, "New": {}, "DeliveryOf": {}, "Codec": {}, "PerTenant": {}, "Wrap": {},
		"IDOf": {ability: "dedup"}, "KeyOf": {ability: "order"},
		"ID": {ability: "dedup"}, "Key": {ability: "order"}, "Delay": {ability: "delay"},
		"Backoff": {}, "Concurrency": {}, "FromNow": {}, "Lease": {}, "MaxDeliveries": {},
		"Of.Abilities": {}, "Of.DeadLetters": {}, "Of.Publish": {}, "Of.PublishWith": {}, "Of.RemoveDeadLetter": {}, "Of.Subscribe": {},
	},
}
