package expression

import (
	"path"
	"regexp"
	"strings"
)

// Pattern reads a pattern of packages as the go command does. One that begins with a dot is relative to
// the package at path.
func Pattern(at, text string) *regexp.Regexp {
	if text == "." || text == ".." || strings.HasPrefix(text, "./") || strings.HasPrefix(text, "../") {
		text = path.Join(at, text)
	}
	pattern := regexp.QuoteMeta(text)
	if strings.HasSuffix(pattern, `/\.\.\.`) {
		pattern = strings.TrimSuffix(pattern, `/\.\.\.`) + `(/.*)?`
	}
	return regexp.MustCompile("^" + strings.ReplaceAll(pattern, `\.\.\.`, `.*`) + "$")
}
