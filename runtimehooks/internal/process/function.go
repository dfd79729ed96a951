package process

import (
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
)

// FunctionName returns the name that Go gives a function, and with it a site. It differs from what
// a person may write for a function of package main: that begins with "main.", whatever the
// package's import path is.
func FunctionName(name string) string {
	for _, path := range mainPaths() {
		rest, ok := strings.CutPrefix(name, path+".")
		if ok && path != "" && (path != tested() || mainSites.Load()) {
			return "main." + rest
		}
	}
	return name
}

// mainSites says whether package main has sites.
var mainSites atomic.Bool

// RegisterMain says that sites of package main have been registered.
func RegisterMain() { mainSites.Store(true) }

// mainPaths returns the import paths that package main may have: that of a test's program is the
// package's with an ending. But most packages that are tested are not main, and then that has no
// sites.
var mainPaths = sync.OnceValue(func() []string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return nil
	}
	return []string{info.Path, tested()}
})

// tested returns the import path of the package that the program tests, or "".
var tested = sync.OnceValue(func() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	path, ok := strings.CutSuffix(info.Path, ".test")
	if !ok {
		return ""
	}
	return path
})

// SetMainPath overrules the import path of package main, for tests. It returns a function that
// brings back what was before.
func SetMainPath(path string) (restore func()) {
	old := mainPaths
	mainPaths = func() []string { return []string{path} }
	return func() { mainPaths = old }
}
