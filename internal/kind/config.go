package kind

// Config is a value that changes while the program runs.
var Config = Kind{
	Name: "config", Const: "Config", Path: Bindings + "/config", Type: "Of", Policies: true,
	Calls: []Call{
		{Name: "Open", Opens: true},
		{Name: "Of.Watch", Ability: "watch"},
	},
	Plain: []string{
		"Default", "PerTenant", "Strict", "Of.Abilities", "Of.Get", "Of.Snapshot",
	},
}

var configOf = Type{Kind: &Config, Path: Bindings + "/config", Name: "Of", Matched: true, Open: "Open", PerTenant: "PerTenant",
	TypedOptions: true}
