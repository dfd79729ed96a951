package analysis

import (
	"github.com/instrumentgo/instrument/analysis/internal/directive"
	"github.com/instrumentgo/instrument/analysis/internal/source"
)

// Config says what to read: folders, build flags, the environment of the go command, and a cache of export data.
type Config = source.Config

// Files are the Go files of the user's modules, read once and looked at before any of them is parsed.
type Files = source.Files

// Scan reads the Go files below the given folders, as the go command's "..." pattern walks them.
func Scan(dirs []string, read func(string) ([]byte, error)) (*Files, error) {
	return source.Scan(dirs, read)
}

// MayHoldDirective reports whether the text of a Go file looks as if it held a directive, or something meant as one.
func MayHoldDirective(src []byte) bool { return directive.MayHold(src) }
