package kind

// KV is a store of values by key.
var KV = Kind{
	Name: "kv", Const: "KV", Path: Bindings + "/kv", Type: "Of", Policies: true,
	Calls: []Call{
		{Name: "Open", Opens: true},
		{Name: "Idempotency", Ability: "ttl", Also: "compare-and-swap", Argument: true}, // claims have a lease, and are compared
		{Name: "TTL", Ability: "ttl"},
		{Name: "Of.CompareAndDelete", Ability: "compare-and-swap"},
		{Name: "Of.CompareAndSwap", Ability: "compare-and-swap"},
		{Name: "Of.Increment", Ability: "increment"},
		{Name: "Of.Keys", Ability: "sorted", Soft: true},
		{Name: "Of.List", Ability: "sorted", Soft: true},
		{Name: "Of.Update", Ability: "compare-and-swap"},
		{Name: "Of.Watch", Ability: "watch"},
	},
	Plain: []string{
		"New", "Add", "Number", "Codec", "PerTenant", "Wrap", "After", "FromNow", "Forever",
		"IfAbsent", "Of.Abilities", "Of.Delete", "Of.Entry", "Of.Get", "Of.GetMany", "Of.Set",
		"Of.SetMany",
	},
}

var kvOf = Type{Kind: &KV, Path: Bindings + "/kv", Name: "Of", Matched: true, Open: "Open", PerTenant: "PerTenant"}
