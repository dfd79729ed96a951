package override

import (
	"maps"
	"slices"

	"github.com/instrumentgo/instrument/internal/option"
	"github.com/instrumentgo/instrument/runtimehooks/internal/process"
)

// Layer is one source of overrides: what it says about functions, names and stacks.
type Layer struct{ Sites, Names, Stacks map[string]Entry }

// Entry is what one function, name or stack is given: the values of options, by aspect and option.
type Entry = map[string]map[string]string

const (
	// All is the aspect of an entry that means all of them. Its only option is "enabled".
	All = "*"

	// BindingStack is the stack of functions of bindings, which may come to be known late.
	BindingStack = "bindings"

	allSites = "*"       // the entry of Sites that is about all functions
	enabled  = "enabled" // the option that every aspect has
)

// Merge joins layers. Those that order names come last, in its order, and the others before them,
// by name. Of two layers that override one option of one entry, the later one wins. Functions have
// the names that sites have.
func Merge(layers map[string]Layer, order []string) Layer {
	names := slices.Sorted(maps.Keys(layers))
	slices.SortStableFunc(names, func(a, b string) int {
		return slices.Index(order, a) - slices.Index(order, b)
	})
	var all Layer
	for _, name := range names {
		l := layers[name]
		all.Sites, all.Names, all.Stacks = join(all.Sites, named(l.Sites)), join(all.Names, l.Names), join(all.Stacks, l.Stacks)
	}
	return all
}

// named returns the entries under the names that sites have.
func named(entries map[string]Entry) map[string]Entry {
	m := map[string]Entry{}
	for key, aspects := range entries {
		m[process.FunctionName(key)] = aspects
	}
	return m
}

// join puts the entries of the later layer over those of the earlier ones, which it may change.
func join(entries, later map[string]Entry) map[string]Entry {
	if entries == nil {
		entries = map[string]Entry{}
	}
	for key, aspects := range later {
		if entries[key] == nil {
			entries[key] = Entry{}
		}
		joinEntry(entries[key], aspects)
	}
	return entries
}

func joinEntry(entry, later Entry) {
	if _, ok := later[All][enabled]; ok {
		for _, options := range entry {
			delete(options, enabled) // what is said about one aspect is overruled with the others
		}
	}
	for aspect, options := range later {
		if entry[aspect] == nil {
			entry[aspect] = map[string]string{}
		}
		if a, b, ok := option.Rivals(aspect); ok && (options[a] != "" || options[b] != "") {
			delete(entry[aspect], a)
			delete(entry[aspect], b)
		}
		maps.Copy(entry[aspect], options)
	}
}

// Clone returns a copy that shares nothing with the layer.
func (l Layer) Clone() Layer {
	return Layer{Sites: join(nil, l.Sites), Names: join(nil, l.Names), Stacks: join(nil, l.Stacks)}
}

// Empty reports whether the layer says nothing.
func (l Layer) Empty() bool { return len(l.Sites)+len(l.Names)+len(l.Stacks) == 0 }
