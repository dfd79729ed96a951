package kind

// Lock is mutual exclusion between processes.
var Lock = Kind{
	Name: "lock", Const: "Lock", Path: Bindings + "/lock", Type: "Locks", Policies: true,
	Calls: []Call{
		{Name: "Open", Opens: true},
	},
	Plain: []string{
		"New", "PerTenant", "Wrap", "Manual", "TTL", "Locks.Lock", "Locks.Try",
	},
}

var lockLocks = Type{Kind: &Lock, Path: Bindings + "/lock", Name: "Locks", Matched: true, Open: "Open", PerTenant: "PerTenant"}
