package docs

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestHazardTable compares the rows of hazards.md with what is there: each names something that
// holds it, by a path that exists, and each program of testdata/hazards is named.
func TestHazardTable(t *testing.T) {
	data, err := os.ReadFile("hazards.md")
	if err != nil {
		t.Fatal(err)
	}
	table, open, ok := strings.Cut(string(data), "\n## Open\n")
	if !ok {
		t.Fatal("hazards.md must have a section Open")
	}
	named, ids := map[string]bool{}, map[string]bool{}
	row := regexp.MustCompile(`(?m)^\| (H\d+) \| .+ \|$`)
	for _, m := range row.FindAllStringSubmatch(table+open, -1) {
		if ids[m[1]] {
			t.Errorf("%s must have one row", m[1])
		}
		ids[m[1]] = true
	}
	held := regexp.MustCompile("`([^`]+)`(?:, |$)")
	for _, m := range row.FindAllStringSubmatch(table, -1) {
		cells := strings.TrimSuffix(m[0], " |")
		holders := held.FindAllStringSubmatch(cells[strings.LastIndex(cells, " | ")+3:], -1)
		if len(holders) == 0 {
			t.Errorf("%s must name what holds it, or be among the open ones", m[1])
		}
		for _, h := range holders {
			named[h[1]] = true
			if _, err := os.Stat(filepath.Join("..", holder(h[1]))); err != nil {
				t.Errorf("%s: %v", m[1], err)
			}
		}
	}
	programs, err := filepath.Glob("../testdata/hazards/*.txtar")
	if err != nil || len(programs) == 0 {
		t.Fatalf("find hazards: %d files, %v", len(programs), err)
	}
	for _, path := range programs {
		if name := "hazards/" + strings.TrimSuffix(filepath.Base(path), ".txtar"); !named[name] {
			t.Errorf("%s must have a row in hazards.md", name)
		}
	}
}

// holder returns the path of what holds a hazard, in the repository.
func holder(name string) string {
	folder, file, _ := strings.Cut(name, "/")
	switch folder {
	case "hazards", "scripts", "findings":
		return filepath.Join("testdata", folder, file+".txtar")
	case "weave":
		return filepath.Join("rewrite", "testdata", folder, file+".txtar")
	}
	return name
}
