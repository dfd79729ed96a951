package live

import (
	"cmp"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"

	"github.com/instrumentgo/instrument/runtimehooks"
)

// problem is one mistake in a file.
type problem struct {
	position      // zero for the file as a whole
	message, hint string
}

// text returns "policy.yaml:3:12: message (hint)".
func (p problem) text(path string) string {
	text := path + ": "
	if p.line > 0 {
		text = fmt.Sprintf("%s:%d:%d: ", path, p.line, p.column)
	}
	if text += p.message; p.hint != "" {
		text += " (" + p.hint + ")"
	}
	return text
}

// refuse logs the problems of the current content that were not logged before.
func (f *file) refuse(problems []problem) {
	slices.SortStableFunc(problems, func(a, b problem) int {
		return cmp.Or(cmp.Compare(a.line, b.line), cmp.Compare(a.column, b.column), cmp.Compare(a.message, b.message))
	})
	lines := make([]string, len(problems))
	for i, p := range problems {
		lines[i] = p.text(f.path)
	}
	all := strings.Join(lines, "\n")
	if all == f.reported {
		return
	}
	f.reported = all
	effect := "the policy of before stays"
	if f.applied == nil {
		effect = "the file overrides nothing"
	}
	for _, line := range lines {
		if !slices.Contains(f.logged, line) {
			slog.Error(line, "effect", effect)
		}
	}
	f.logged = append(f.logged, lines...)
}

// accept records that what was read is in effect, and logs what that changes.
func (f *file) accept() {
	var before runtimehooks.Overrides
	if f.applied != nil {
		before = f.applied.overrides
	}
	changed := changes(flatten(before), flatten(f.doc.overrides))
	if f.reported != "" || len(changed) > 0 {
		slog.Info("policy file is in effect", "file", f.path, "changes", changed)
	}
	f.applied, f.reported = f.doc, ""
}

// changes lists what differs, sorted: "sites / example.com/shop.Place / retry / attempts: 3 → 5".
func changes(before, after map[string]string) []string {
	list := []string{}
	for path, text := range after {
		switch old, ok := before[path]; {
		case !ok:
			list = append(list, path+": "+text)
		case old != text:
			list = append(list, path+": "+old+" → "+text)
		}
	}
	for path, text := range before {
		if _, ok := after[path]; !ok {
			list = append(list, path+": "+text+" → as built")
		}
	}
	slices.Sort(list)
	return list
}

// flatten returns the values by path.
func flatten(o runtimehooks.Overrides) map[string]string {
	m := map[string]string{}
	for section, entries := range map[string]map[string]runtimehooks.AspectOverrides{"sites": o.Sites, "names": o.Names, "stacks": o.Stacks} {
		for key, aspects := range entries {
			for aspect, options := range aspects {
				for option, text := range maps.All(options) {
					path := []string{section, key, aspect, option}
					if aspect == runtimehooks.AllAspects {
						path = []string{section, key, option}
					}
					m[strings.Join(path, " / ")] = text
				}
			}
		}
	}
	return m
}
