package process

import (
	"runtime/debug"
	"strings"
	"sync"
)

// FunctionName returns the name that Go gives a function, and with it a site. It differs from what
// a person may write for a function of package main: that begins with "main.", whatever the
// package's import path is.
func FunctionName(name string) string {
	for _, path := range mainPaths() {
		if rest, ok := strings.CutPrefix(name, path+"."); ok && path != "" {
			return "main." + rest
		}
	}
	return name
}

// mainPaths returns the import paths that package main may have: that of a test's program is the
// package's with an ending.
var mainPaths = sync.OnceValue(func() []string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return nil
	}
	if tested, ok := strings.CutSuffix(info.Path, ".test"); ok {
		return []string{info.Path, tested}
	}
	return []string{info.Path}
})

// SetMainPath overrules the import path of package main, for tests. It returns a function that
// brings back what was before.
func SetMainPath(path string) (restore func()) {
	old := mainPaths
	mainPaths = func() []string { return []string{path} }
	return func() { mainPaths = old }
}
