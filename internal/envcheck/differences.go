package envcheck

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/provider"
)

// comparison compares an environment with the first one.
type comparison struct {
	*fileCheck
	base *fileCheck
}

// differences notes what the program's calls and bindings mean in one environment but not in the
// other.
func (e *comparison) differences() {
	e.sorting()
	seen := map[[2]string]bool{}
	for _, n := range e.selected() {
		if key := [2]string{n.kind, n.name}; !seen[key] {
			seen[key] = true
			e.differ(n)
		}
	}
}

// sorting notes calls whose lists are ordered in only one of the environments.
func (e *comparison) sorting() {
	for _, ask := range e.Uses.Asks {
		if !ask.Soft || ask.Ability != "sorted" || !e.isSelected(ask.Package) {
			continue
		}
		for _, name := range ask.Names {
			here, ok := e.kindOf(name, ask.Kind)
			there, ok2 := e.base.kindOf(name, ask.Kind)
			_, sorts := here.Ability("sorted")
			_, sorted := there.Ability("sorted")
			if ok && ok2 && sorts != sorted {
				order := map[bool]string{true: "in the order of their bytes", false: "in any order"}
				e.note(ask.Pos, name, ask.Kind, "%s returns keys of %s (%s) %s with %s of %s, and %s with %s of %s", ask.Call, name, ask.Kind,
					order[sorts], e.byName[name].provider.Name, e.shown(), order[sorted], e.base.byName[name].provider.Name, e.base.shown())
			}
		}
	}
}

// differ notes everything else that differs, at the binding's entry.
func (e *comparison) differ(n need) {
	here, ok := e.kindOf(n.name, n.kind)
	there, ok2 := e.base.kindOf(n.name, n.kind)
	if !ok || !ok2 {
		return
	}
	entry, other := e.byName[n.name], e.base.byName[n.name]
	note := func(format string, args ...any) {
		e.note(entry.pos, n.name, n.kind, "%s (%s) %s in %s", n.name, n.kind, fmt.Sprintf(format, args...), e.base.shown())
	}
	if a, b := dialect(here), dialect(there); a != b {
		note("speaks %s, and %s", a, b)
	}
	apart, _ := entry.perTenant()
	if otherwise, _ := other.perTenant(); apart != otherwise && !n.tenants {
		keeps := map[bool]string{true: "keeps tenants apart", false: "is one for all tenants"}
		note("%s, and %s", keeps[apart], keeps[otherwise])
	}
	if a, b := readsOwn(here), readsOwn(there); a != b && (n.kind == string(bindings.KV) || n.kind == string(bindings.Blob)) {
		reads := map[bool]string{true: "reads what was written before", false: "may read what was before the last write"}
		note("%s, and %s", reads[a], reads[b])
	}
	if here.Granularity != there.Granularity && max(here.Granularity, there.Granularity) >= time.Second && e.timed(n) {
		note("%s, and %s", rounding(here.Granularity), rounding(there.Granularity))
	}
}

// rounding says how precisely times are kept.
func rounding(step time.Duration) string {
	if step < time.Second {
		return "takes times as they are"
	}
	return fmt.Sprintf("rounds times up to %v", step)
}

// readsOwn says whether a read sees what was written before, on any server.
func readsOwn(k provider.Kind) bool {
	_, has := k.Ability("read-your-writes")
	return has
}

// dialect says which SQL a kind speaks, with its abilities; it is "" for other kinds.
func dialect(k provider.Kind) string {
	if k.Dialect == "" {
		return ""
	}
	names := []string{k.Dialect}
	for _, a := range k.Abilities {
		names = append(names, a.Name)
	}
	if len(names) == 1 {
		return names[0]
	}
	return names[0] + " (" + strings.Join(names[1:], ", ") + ")"
}

// timed reports whether the program passes times to a binding.
func (c *checker) timed(n need) bool {
	for _, ask := range c.Uses.Asks {
		if ask.Kind == n.kind && (ask.Ability == "ttl" || ask.Ability == "delay") && slices.Contains(ask.Names, n.name) {
			return true
		}
	}
	return false
}
