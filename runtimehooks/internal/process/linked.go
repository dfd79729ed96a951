package process

import "sync/atomic"

// FileLayer is the name of the layer of overrides that package live reads from a file.
const FileLayer = "file"

var live, initializing atomic.Bool

// registrations has a value when sites have been registered since it was last empty.
var registrations = make(chan struct{}, 1)

// SetLive says that package live is part of the program.
func SetLive() { live.Store(true) }

// Live reports whether package live is part of the program.
func Live() bool { return live.Load() }

// SetInitializing says whether package variables and init functions may still be running, so that
// sites may be unknown because they have not been registered yet.
func SetInitializing(is bool) { initializing.Store(is) }

// Initializing reports what SetInitializing said last, at first false.
func Initializing() bool { return initializing.Load() }

// Register says that sites have been registered.
func Register() {
	select {
	case registrations <- struct{}{}:
	default:
	}
}

// Registrations returns a channel from which a value comes after sites were registered; one for all
// since the last one.
func Registrations() <-chan struct{} { return registrations }
