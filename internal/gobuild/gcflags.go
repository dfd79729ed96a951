package gobuild

import (
	"path"
	"regexp"
	"strings"
)

// Mark marks a package, so that the go command distinguishes its compilation from the plain one.
type Mark struct {
	Path  string // import path
	Value string
}

// MarkFlags returns one -gcflags for each mark. The go command takes only the last value that
// matches a package, so each repeats what the user's own -gcflags say about the package. named
// reports whether a package is named on the command line, to which a value without a pattern
// belongs.
func MarkFlags(marks []Mark, user []string, named func(path string) bool) []string {
	var flags []string
	for _, m := range marks {
		own := ""
		for _, value := range user {
			if flag, ok := gcflagsFor(value, m.Path, named); ok {
				own = flag
			}
		}
		flags = append(flags, "-gcflags="+m.Path+"="+strings.TrimSpace(own+" "+markPrefix+m.Value))
	}
	return flags
}

// gcflagsFor returns the flags that one value of -gcflags gives to a package outside the main
// module, and whether it matches the package.
func gcflagsFor(value, importPath string, named func(string) bool) (string, bool) {
	value = strings.TrimSpace(value)
	if value == "" || value[0] == '-' {
		return value, named(importPath)
	}
	pattern, flags, ok := strings.Cut(value, "=")
	pattern = strings.TrimSpace(pattern)
	switch {
	case !ok, pattern == "std", pattern == "cmd", strings.HasPrefix(pattern, "."):
		return "", false
	case pattern == "all":
		return flags, true
	}
	return flags, matchPattern(pattern, importPath)
}

// matchPattern reports whether an import path matches a pattern of the go command: "..." is any
// string, and a final "/..." also matches without it.
func matchPattern(pattern, importPath string) bool {
	text := regexp.QuoteMeta(path.Clean(pattern))
	if rest, ok := strings.CutSuffix(text, `/\.\.\.`); ok {
		text = rest + `(/\.\.\.)?`
	}
	return regexp.MustCompile("^" + strings.ReplaceAll(text, `\.\.\.`, `.*`) + "$").MatchString(importPath)
}
