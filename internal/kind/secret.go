package kind

// Secret is a value that nobody may see. It is read when the program starts, or whenever it
// changes.
var Secret = Kind{
	Name: "secret", Const: "Secret", Path: Bindings + "/secret", Type: "Source", Policies: true,
	Calls: []Call{
		{Name: "Open", Opens: true},
		{Name: "Get", Opens: true},
		{Name: "Source.Watch", Ability: "watch"},
	},
	Plain: []string{
		"New", "PerTenant", "Source.Abilities", "Source.Get",
	},
}

var (
	secretSecret = Type{Kind: &Secret, Path: Bindings + "/secret", Name: "Secret", Open: "Get", PerTenant: "PerTenant"}
	secretSource = Type{Kind: &Secret, Form: "source", Path: Bindings + "/secret", Name: "Source", Matched: true, Open: "Open",
		PerTenant: "PerTenant"}
)
