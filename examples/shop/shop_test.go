package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"io/fs"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/instrumentgo/instrument/examples/shop/demo"
)

// TestDemo is the one run of the demo in this process: it installs the process's telemetry.
func TestDemo(t *testing.T) {
	found, err := readEnvironment("embedded", "shop")
	if err != nil {
		t.Fatal(err)
	}
	report, err := play(t.Context(), found)
	if err != nil {
		t.Fatal(err)
	}
	woven := report.Woven > 0
	answers := make(map[string][]demo.Answer)
	for _, scene := range report.Scenes {
		topic, _, _ := strings.Cut(scene.Title, ":")
		answers[topic] = scene.Answers
	}
	for _, test := range []struct {
		topic        string
		plain, woven []int // status per request
	}{
		{"spans", []int{201, 200, 200}, []int{201, 200, 200}},
		{"retry", []int{502}, []int{201}},
		{"breaker", []int{502, 502, 201}, []int{502, 503, 201}},
		{"deadline", []int{200, 200}, []int{200, 504}},
		{"recover", []int{0}, []int{500}},
		{"off", []int{200}, []int{200}},
		{"errors", []int{201, 201, 402, 201, 201, 402, 409, 201}, []int{201, 201, 402, 201, 201, 402, 409, 201}},
		{"bindings", []int{200, 200, 201, 409, 200, 422}, []int{200, 200, 201, 409, 200, 422}},
	} {
		want := test.plain
		if woven {
			want = test.woven
		}
		got := answers[test.topic]
		if len(got) != len(want) {
			t.Errorf("%s: %d answers, want %d", test.topic, len(got), len(want))
			continue
		}
		for i, answer := range got {
			if answer.Status != want[i] {
				t.Errorf("%s: %s: status %d, want %d", test.topic, answer.Request, answer.Status, want[i])
			}
		}
	}
	checkPrinted(t, report, woven)
	checkQuoted(t, report)
}

// checkQuoted checks that the lines that the demo quotes are those of the sources.
func checkQuoted(t *testing.T, report *demo.Report) {
	t.Helper()
	for _, scene := range report.Scenes {
		source, err := os.ReadFile(scene.File)
		if err != nil {
			t.Fatal(err)
		}
		quoted := func(line string) bool { return strings.TrimSuffix(strings.TrimSpace(line), ",") == scene.Line }
		if !slices.ContainsFunc(strings.Split(string(source), "\n"), quoted) {
			t.Errorf("%s: %s has no line %s", scene.Title, scene.File, scene.Line)
		}
	}
}

// The example is worth something only as long as its sources are what a person wrote, and know no
// vendor.
func TestSourcesArePlain(t *testing.T) {
	woven := regexp.MustCompile(`\binstrument\w*\.Call\(\)|"github.com/instrumentgo/instrument/runtimehooks|"github.com/(redis|nats-io|jackc)/|"modernc.org/`)
	err := fs.WalkDir(os.DirFS("."), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || entry.Name() == "instrument_gen.go" {
			return err
		}
		source, err := os.ReadFile(path)
		if at := woven.Find(source); at != nil {
			t.Errorf("%s has %s", path, at)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// checkPrinted checks that the report says which build it is of, and what became of the panic.
func checkPrinted(t *testing.T, report *demo.Report, woven bool) {
	t.Helper()
	var out bytes.Buffer
	if err := report.Print(&out); err != nil {
		t.Fatal(err)
	}
	want := []string{"all of bindings: this build is not woven", "connection closed", "http: panic serving client: runtime error: integer divide by zero"}
	if woven {
		want = []string{"Service.Place", "500 Internal Server Error", `log: level=ERROR msg=Server.instalments error="panic: runtime error: integer divide by zero"`, "spans were recorded. To see the same program as written"}
	}
	for _, text := range want {
		if !strings.Contains(out.String(), text) {
			t.Errorf("the report does not say %q:\n%s", text, &out)
		}
	}
}

func TestUsage(t *testing.T) {
	for _, args := range [][]string{{}, {"-demo", "-addr", ":0"}, {"-demo", "more"}, {"-nonsense"}} {
		var stdout, stderr bytes.Buffer
		if code := run(t.Context(), args, &stdout, &stderr); code != 2 {
			t.Errorf("%q: exit status %d, want 2", args, code)
		}
		if !strings.Contains(stderr.String(), "-demo") || stdout.Len() > 0 {
			t.Errorf("%q: no usage on standard error, which has:\n%s", args, &stderr)
		}
	}
}

func TestServesUntilStopped(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	reader, stderr := io.Pipe()
	code := make(chan int, 1)
	go func() { code <- run(ctx, []string{"-addr", "127.0.0.1:0"}, io.Discard, stderr) }()

	line, err := bufio.NewReader(reader).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	_, base, found := strings.Cut(strings.TrimSpace(line), "serving on ")
	if !found {
		t.Fatalf("first line is %q, want the address", line)
	}
	response, err := http.Get(base + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Errorf("status %d, want 200", response.StatusCode)
	}
	stop()
	if got := <-code; got != 0 {
		t.Errorf("exit status %d, want 0", got)
	}
}
