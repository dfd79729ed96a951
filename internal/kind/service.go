package kind

// Service is an interface of the user's that another process may implement. Its type is that
// interface.
var Service = Kind{
	Name: "service", Const: "Service", Path: Bindings + "/service", Policies: true,
	Calls: []Call{
		{Name: "Open", Opens: true},
		{Name: "Register", Opens: true, Of: "kv", Ability: "ttl"}, // an instance that dies must expire
	},
	Plain: []string{
		"NewClient", "Call", "Provide", "NewHandler", "Handle", "Serve", "Authorize",
		"InstanceID", "LeaseOf", "LeaveIn", "Linger", "MaxBody", "Tenants", "Token",
	},
}
