package live

import (
	"cmp"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"

	"github.com/instrumentgo/instrument/runtimehooks"
	"github.com/instrumentgo/instrument/runtimehooks/internal/process"
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

// announcement is what the log says of a file: the overrides that are in effect, and those for
// bindings that are not open yet.
type announcement struct {
	inEffect map[string]string // by path
	waiting  []string          // paths, sorted
}

// accept records that what was read is in effect, and logs what that changes. It logs nothing while
// the file names a function, name or stack that is still unknown: what the file says may turn out
// to be a mistake.
func (f *file) accept() {
	f.applied = f.doc
	now, complete := announce(f.doc.overrides)
	if !complete {
		return
	}
	changed := changes(f.announced.inEffect, now.inEffect)
	if f.reported != "" || len(changed) > 0 || !slices.Equal(now.waiting, f.announced.waiting) {
		attrs := []any{"file", f.path, "changes", changed}
		if len(now.waiting) > 0 {
			attrs = append(attrs, "waiting for its binding", now.waiting)
		}
		slog.Info("policy file is in effect", attrs...)
	}
	f.announced, f.reported = now, ""
}

// announce divides overrides into those that are in effect and those for bindings that are not open
// yet. It is complete if there are no others.
func announce(o runtimehooks.Overrides) (a announcement, complete bool) {
	known := map[string][]string{"sites": {"*"}}
	for _, s := range runtimehooks.Policies().Sites() {
		known["sites"] = append(known["sites"], s.Function)
		known["stacks"] = append(known["stacks"], s.Stacks...)
		for _, aspect := range s.Aspects {
			for _, option := range aspect.Options {
				if option.Name == "name" {
					known["names"] = append(known["names"], option.Value)
				}
			}
		}
	}
	a.inEffect, complete = map[string]string{}, true
	for path, text := range flatten(o) {
		switch section, key, _ := strings.Cut(path, " / "); {
		case slices.ContainsFunc(known[section], func(name string) bool { return strings.HasPrefix(process.FunctionName(key), name+" / ") }):
			a.inEffect[path] = text
		case section == "sites" && strings.HasPrefix(key, "bindings."), section == "stacks" && strings.HasPrefix(key, "bindings / "):
			a.waiting = append(a.waiting, path)
		default:
			complete = false
		}
	}
	slices.Sort(a.waiting)
	return a, complete
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
