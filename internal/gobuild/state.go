package gobuild

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/instrumentgo/instrument/analysis/plan"
)

// StateVar is the environment variable that holds the path of the [State] of a build that
// instrument started. If it is not set, a plain go command has instrument as its -toolexec.
const StateVar = "INSTRUMENT_STATE"

// State is what the tool wrapper must know about a build that "instrument go" started.
type State struct {
	Chain    []string                 // the user's own -toolexec command, which wraps the tools below ours
	Files    map[string]string        // woven files in the cache, and the source files that they stand for
	Plain    map[string]string        // woven files in the cache, and the files that hold the text as written
	Packages map[string]*StatePackage // by import path
	Hooks    map[string]string        // export data of the run-time packages and all that they import, for packages outside the overlay
	Cover    bool                     // the build measures coverage: bodies are woven after cover has seen them
}

// StatePackage is one woven package of the state.
type StatePackage struct {
	Generated string       // woven instrument_gen.go in the cache
	Target    string       // the path that it has in the package's folder
	Stub      string       // an empty file in its place for cover; "" where cover finds the file itself
	Mark      string       // value of the -d=instrument= mark; "" for a package that the overlay reaches
	Sites     []*plan.Site // as Weave needs them
	Calls     []*plan.CallSite
}

// Save stores the state in the cache and returns its path.
func (s *State) Save(c *Cache) (string, error) {
	data, err := json.Marshal(s)
	if err != nil {
		return "", err
	}
	return c.Put("state", "", "state.json", data)
}

// LoadState reads the state that the environment names. It returns nil without an error if the
// environment names none.
func LoadState() (*State, error) {
	path := os.Getenv(StateVar)
	if path == "" {
		return nil, nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read build state: %w", err)
	}
	s := &State{}
	if err := json.Unmarshal(data, s); err != nil {
		return nil, fmt.Errorf("read build state %s: %w", filepath.Base(path), err)
	}
	return s, nil
}
