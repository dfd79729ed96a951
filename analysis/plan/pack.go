package plan

import (
	"cmp"
	"slices"
)

// Pack is a package whose rules a rule file includes.
type Pack struct {
	Path    string `json:"path"`
	Version string `json:"version"` // of its module; "(devel)" for one in a folder
	// Which packages of the program import something that does the pack's work, and what, as text:
	// where that is used, the pack leaves it alone. "" if none does.
	Yields string `json:"yields,omitempty"`
}

// SortedPacks returns the packs by path, each once.
func SortedPacks(packs []Pack) []Pack {
	slices.SortFunc(packs, func(a, b Pack) int { return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Version, b.Version)) })
	return slices.Compact(packs)
}
