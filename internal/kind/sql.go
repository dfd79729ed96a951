package kind

// SQL is a database. Its fields are connection pools of the standard library, or one pool for each
// tenant.
var SQL = Kind{
	Name: "sql", Const: "SQL", Path: Bindings + "/sqldb", Type: "Tenants",
	Calls: []Call{
		{Name: "Open", Opens: true},
		{Name: "OpenTenants", Opens: true},
	},
	Plain: []string{
		"AbilitiesOf", "Migrations", "PoolOf", "Tenants.DB",
	},
}

var (
	sqlDB      = Type{Kind: &SQL, Path: "database/sql", Name: "DB", Pointer: true, Matched: true, Open: "Open"}
	sqlTenants = Type{Kind: &SQL, Form: "tenants", Path: Bindings + "/sqldb", Name: "Tenants", Matched: true, Open: "OpenTenants"}
)
