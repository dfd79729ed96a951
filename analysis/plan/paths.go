package plan

// Import paths of the run-time packages that woven code refers to.
const (
	ModulePath  = "github.com/instrumentgo/instrument"
	AspectsPath = ModulePath + "/aspects"
	HooksPath   = ModulePath + "/runtimehooks"
	HTTPPath    = HooksPath + "/httphooks"
	EntryPath   = HooksPath + "/entryhooks"
	CachePath   = HooksPath + "/cachehooks"
	LivePath    = HooksPath + "/live"
	DebugPath   = HooksPath + "/debug"

	BindingsPath = ModulePath + "/bindings"
	WorkflowPath = BindingsPath + "/workflow"

	// TelemetryPath is a module of its own.
	TelemetryPath = HooksPath + "/otelsetup"
)
