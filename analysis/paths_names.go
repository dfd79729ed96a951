package analysis

// Import paths of the run-time packages that woven code refers to.
const (
	modulePath  = "github.com/instrumentgo/instrument"
	aspectsPath = modulePath + "/aspects"
	hooksPath   = modulePath + "/runtimehooks"
	httpPath    = hooksPath + "/httphooks"
	cachePath   = hooksPath + "/cachehooks"
	livePath    = hooksPath + "/live"
	debugPath   = hooksPath + "/debug"

	bindingsPath = modulePath + "/bindings"
	servicePath  = bindingsPath + "/service"
)
