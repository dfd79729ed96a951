package mesh_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// difference is an attribute that spans have on one side only, or that says something else there.
type difference struct {
	spans     string // the end of the first line of the spans that it is about
	attribute string
	why       string
}

// differences are all between the trees, which are the same line by line without these attributes.
var differences = []difference{
	{"orders: POST /orders (server)", "http.response.body.size", "otelgin records it"},
	{"Reserve (server)", "client.address", "otelgrpc does not say who called"},
	{"Reserve (server)", "network.peer.address", "otelgrpc does not say who called"},
	{"Reserve (client)", "error.type", "otelgrpc does not say how a call has failed, beside the status"},
	{"CREATE TABLE goods (client)", "db.query.text", "otelsql records the literals of a statement, which the pack leaves out"},
}

// The services of folder byhand, which record spans by OpenTelemetry's own libraries and by hand,
// write the trees that the woven ones write.
func TestByHand(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "byhand")
	build(t, "byhand", nil, "go", "build", "-o", folder+"/")
	used := make([]int, len(differences))
	want, got := alike(recorded(t), used), alike(record(t, folder), used)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("by hand, the services must record what woven ones do (-woven +by hand):\n%s", diff)
	}
	for i, d := range differences {
		if used[i] == 0 {
			t.Errorf("no span %q has attribute %s: so it does not hold any more that %s", d.spans, d.attribute, d.why)
		}
	}
}

// alike returns the trees of a record without the attributes of differences, and adds to used where
// each was left out. What histograms count is left out, too: otelsql counts also what it writes no
// span for, and messages nobody has counted by hand.
func alike(record string, used []int) string {
	trees, _, _ := strings.Cut(record, "# Histograms of durations\n")
	var b strings.Builder
	span := ""
	for line := range strings.Lines(trees) {
		text := strings.TrimSpace(line)
		if strings.HasPrefix(text, "- ") {
			span = text
		}
		i := slices.IndexFunc(differences, func(d difference) bool {
			return strings.HasSuffix(span, d.spans) && strings.HasPrefix(text, d.attribute+"=")
		})
		if i < 0 {
			b.WriteString(line)
		} else {
			used[i]++
		}
	}
	return b.String()
}

// The figures of the README are those of the sources.
func TestFigures(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	plain, byHand := lines(t, services...), lines(t, "byhand/front", "byhand/orders", "byhand/stock", "byhand/telemetry")
	for _, row := range []string{
		fmt.Sprintf("| the services as they are | %d |", plain),
		fmt.Sprintf("| the same with telemetry by hand | %d (%d more) |", byHand, byHand-plain),
		fmt.Sprintf("| the rule file | %d, and a directive on each of the 3 mains |", lines(t, "instrument.go")),
	} {
		if !strings.Contains(string(readme), row) {
			t.Errorf("README.md must have the line\n%s", row)
		}
	}
}

// lines counts the lines of Go files that are not blank, nor a comment as a whole.
func lines(t *testing.T, paths ...string) (n int) {
	t.Helper()
	for _, path := range paths {
		err := filepath.WalkDir(path, func(name string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(name, ".go") {
				return err
			}
			text, err := os.ReadFile(name)
			for scanner := bufio.NewScanner(bytes.NewReader(text)); scanner.Scan(); {
				if line := strings.TrimSpace(scanner.Text()); line != "" && !strings.HasPrefix(line, "//") {
					n++
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return n
}

// The example is worth something only as long as its sources are what a person wrote who knows of
// no telemetry.
func TestSourcesArePlain(t *testing.T) {
	for _, path := range append([]string{"serve"}, services...) {
		err := filepath.WalkDir(path, func(name string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(name, ".go") {
				return err
			}
			source, err := os.ReadFile(name)
			for _, word := range []string{"opentelemetry", "otelsql", "runtimehooks", "traceparent"} {
				if bytes.Contains(source, []byte(word)) {
					t.Errorf("%s has %s", name, word)
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
