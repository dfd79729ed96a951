package kind

// Workflow is runs of a function that go on after a crash.
var Workflow = Kind{
	Name: "workflow", Const: "Workflow", Path: Bindings + "/workflow", Type: "Of",
	Calls: []Call{
		{Name: "Open", Opens: true},
		{Name: "Handle", Opens: true},
	},
	Plain: []string{
		"All", "Await", "Differs", "Key", "Known", "Now", "Random", "Record", "Sleep", "Wait", "Within",
		"Of.Abilities", "Of.Cancel", "Of.List", "Of.Result", "Of.Retry", "Of.Signal", "Of.Skip", "Of.Start",
	},
}

var workflowOf = Type{Kind: &Workflow, Path: Bindings + "/workflow", Name: "Of", Open: "Open"}
