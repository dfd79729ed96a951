package gobuild

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
)

// AddImports writes a copy of an import configuration, for compile or link, with the export files
// of those given packages that it lacks, and returns the copy's path. If it lacks none, AddImports
// returns the path unchanged.
func AddImports(config string, exports map[string]string) (string, error) {
	data, err := os.ReadFile(config)
	if err != nil {
		return "", fmt.Errorf("read import configuration: %w", err)
	}
	has := map[string]bool{}
	for line := range strings.Lines(string(data)) {
		if rest, ok := strings.CutPrefix(line, "packagefile "); ok {
			path, _, _ := strings.Cut(rest, "=")
			has[path] = true
		}
	}
	var b strings.Builder
	b.Write(data)
	if len(data) > 0 && data[len(data)-1] != '\n' {
		b.WriteByte('\n')
	}
	added := false
	for _, path := range slices.Sorted(maps.Keys(exports)) {
		if !has[path] {
			fmt.Fprintf(&b, "packagefile %s=%s\n", path, exports[path])
			added = true
		}
	}
	if !added {
		return config, nil
	}
	out := config + ".instrument"
	if err := os.WriteFile(out, []byte(b.String()), 0o644); err != nil {
		return "", fmt.Errorf("write import configuration: %w", err)
	}
	return out, nil
}
