package analysis

import (
	"slices"

	"github.com/instrumentgo/instrument/analysis/internal/directive"
	"github.com/instrumentgo/instrument/analysis/internal/source"
)

// Config says what to read: folders, build flags, the environment of the go command, and a cache of
// export data.
type Config = source.Config

// Files are the Go files of the user's modules. They are read once, and searched before any is
// parsed.
type Files = source.Files

// Scan reads the Go files below the given folders, walking them as the go command's "..." pattern
// does.
func Scan(dirs []string, read func(string) ([]byte, error)) (*Files, error) {
	return source.Scan(dirs, read)
}

// HoldsName reports whether the text of a Go file holds one of the identifiers.
func HoldsName(src []byte, names []string) bool {
	return slices.ContainsFunc(names, func(name string) bool { return source.HoldsName(src, name) })
}

// MayHoldDirective reports whether the text of a Go file seems to hold a directive, or a misspelt
// one.
func MayHoldDirective(src []byte) bool { return directive.MayHold(src) }
