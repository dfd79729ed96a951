package scaffold

import (
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/instrumentgo/instrument/analysis"
)

// grpc writes a rule for each service of gRPC that the module implements: the preset server for its
// methods, less the deadline for those that serve a stream. It needs the pack, by which refusals
// and panics leave as statuses.
func (w *writer) grpc() {
	if w.ruled() || !slices.ContainsFunc(w.survey.Rules, includes(grpcPath)) && !slices.Contains(namesOf(w.items), packOf(grpcPath).Name()) {
		return
	}
	names := map[string]string{} // import paths by the name that the rule file gives them
	written := 0
	for _, s := range w.survey.Services {
		if !w.visible(s.Package) {
			continue
		}
		name := s.PackageName
		for names[name] != "" && names[name] != s.Package {
			name += "_"
		}
		names[name] = s.Package
		title := "grpc " + s.PackageName + "." + strings.TrimSuffix(s.Name, "Server")
		selected := fmt.Sprintf("aspects.Implementing((*%s.%s)(nil))%s", name, s.Name, w.inModule())
		it := item{name: title, imports: []string{imported(name, s.Package)}}
		if written == 0 {
			it.lines = append(it.lines, "// Services of gRPC.")
		}
		it.lines = append(it.lines, fmt.Sprintf("aspects.Rule(%s, %s.WithContext(), aspects.Use(\"server\")),", w.rule(title), selected))
		if s.Streams {
			it.lines = append(it.lines, fmt.Sprintf("aspects.Rule(%s, aspects.Both(%s, aspects.Not(aspects.All().WithContext())), aspects.Recover(), aspects.Trace(), aspects.Metrics()),",
				w.rule(title+" streams"), selected))
		}
		if w.add(it) {
			written++
		}
	}
	if written > 0 {
		w.say("grpc", "%s: preset server; streams without its deadline", count(written, "service", "services"))
	}
}

// imported is an import declaration, with the name where the path does not end in it.
func imported(name, importPath string) string {
	if path.Base(importPath) == name {
		return strconv.Quote(importPath)
	}
	return name + " " + strconv.Quote(importPath)
}

func includes(pack string) func(analysis.SurveyedRules) bool {
	return func(f analysis.SurveyedRules) bool { return slices.Contains(f.Includes, pack) }
}

func packOf(path string) Pack {
	return Packs[slices.IndexFunc(Packs, func(p Pack) bool { return p.Path == path })]
}

func namesOf(items []item) []string {
	var names []string
	for _, it := range items {
		names = append(names, it.name)
	}
	return names
}

// visible reports whether the rule file's package may import a package.
func (w *writer) visible(importPath string) bool {
	dir, _ := w.home()
	if w.record != nil {
		dir = filepath.Dir(w.record.Path)
	}
	home := w.module.Path
	if rel, err := filepath.Rel(w.module.Dir, dir); err == nil && rel != "." {
		home += "/" + filepath.ToSlash(rel)
	}
	i := strings.LastIndex("/"+importPath+"/", "/internal/")
	if i < 0 {
		return true
	}
	above := strings.TrimSuffix(importPath[:max(i-1, 0)], "/")
	return home == above || strings.HasPrefix(home, above+"/")
}
