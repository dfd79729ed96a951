package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/instrumentgo/instrument/analysis/plan"
)

// versionVerb is "instrument version".
func versionVerb(c *command) (int, error) {
	if len(c.args) > 0 {
		return failed, usageError{fmt.Errorf("it takes no arguments")}
	}
	version := "(unknown)"
	if info, ok := debug.ReadBuildInfo(); ok {
		version = info.Main.Version
		for _, d := range info.Deps { // the program runs as a tool of another module
			if d.Path == plan.ModulePath {
				version = d.Version
			}
		}
	}
	fmt.Fprintf(c.stdout, "instrument %s %s %s/%s\n", version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return fine, nil
}
