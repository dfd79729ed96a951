package kind

// Topic is a stream of messages.
var Topic = Kind{
	Name: "topic", Const: "Topic", Path: Bindings + "/topic", Type: "Of", Policies: true,
	Calls: []Call{
		{Name: "Open", Opens: true},
		{Name: "Handle", Opens: true},
		{Name: "IDOf", Ability: "dedup"},
		{Name: "KeyOf", Ability: "order"},
		{Name: "ID", Ability: "dedup"},
		{Name: "Key", Ability: "order"},
		{Name: "Delay", Ability: "delay"},
	},
	Plain: []string{
		"New", "DeliveryOf", "Codec", "PerTenant", "Wrap", "Backoff", "Concurrency", "FromNow",
		"Lease", "MaxDeliveries", "Of.Abilities", "Of.DeadLetters", "Of.Publish",
		"Of.PublishWith", "Of.Redeliver", "Of.RemoveDeadLetter", "Of.Subscribe",
	},
}

var topicOf = Type{Kind: &Topic, Path: Bindings + "/topic", Name: "Of", Matched: true, Open: "Open", PerTenant: "PerTenant"}
