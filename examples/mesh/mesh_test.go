package mesh_test

import (
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden file from what the services record, woven by overlay")

const golden = "testdata/trace.txt"

// repository is the folder of the repository, and services are the programs, in the order in which
// they start.
const repository = "../.."

var services = []string{"stock", "orders", "front"}

// requests are sent one after the other. Each is a trace of its own.
var requests = []struct {
	path, trace string
	status      int
}{
	{"/buy/mug", "00000000000000000000000000000001", http.StatusCreated},
	{"/buy/unicorn", "00000000000000000000000000000002", http.StatusNotFound},
}

// One trace is written for each request, across all processes.
func TestOverlay(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "overlay")
	build(t, ".", nil, buildTool(t), "go", "build", "-o", folder+"/")
	got := record(t, folder)
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(recorded(t), got); diff != "" {
		t.Errorf("woven by overlay, the services must record what %s says (-want +got):\n%s", golden, diff)
	}
	for line := range strings.Lines(record(t, folder, "INSTRUMENT=off")) {
		if line != "\n" && !strings.HasPrefix(line, "# ") {
			t.Errorf("with INSTRUMENT=off, the services must serve as before and record nothing, not\n%s", line)
		}
	}
}

// The same is written if the go command weaves the services by files that are generated.
func TestToolexec(t *testing.T) {
	tool, module := buildTool(t), copyModule(t)
	alone := []string{"GOWORK=off"}
	build(t, module, alone, tool, "generate", "./...")
	folder := filepath.Join(t.TempDir(), "toolexec")
	build(t, module, alone, "go", "build", "-toolexec="+tool+" toolexec", "-o", folder+"/")
	if diff := cmp.Diff(recorded(t), record(t, folder)); diff != "" {
		t.Errorf("woven by toolexec, the services must record what %s says (-want +got):\n%s", golden, diff)
	}
}

// recorded is what the golden file says.
func recorded(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// buildTool builds the command of this repository.
func buildTool(t *testing.T) string {
	t.Helper()
	tool := filepath.Join(t.TempDir(), "instrument")
	build(t, filepath.Join(repository, "cmd", "instrument"), nil, "go", "build", "-o", tool, ".")
	return tool
}

// build runs a command in a folder, for the services if it is one of go build.
func build(t *testing.T, dir string, env []string, name string, args ...string) {
	t.Helper()
	if args[len(args)-2] == "-o" && strings.HasSuffix(args[len(args)-1], "/") {
		for _, service := range services {
			args = append(args, "./"+service)
		}
	}
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir, cmd.Env = dir, append(append(os.Environ(), "INSTRUMENT_CACHE="+filepath.Join(t.TempDir(), "cache")), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%s", filepath.Base(name), strings.Join(args, " "), err, out)
	}
}

// copyModule copies the module to a folder where files can be generated, and returns that.
func copyModule(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range append([]string{"serve", "stockpb"}, services...) {
		if err := os.CopyFS(filepath.Join(dir, name), os.DirFS(name)); err != nil {
			t.Fatal(err)
		}
	}
	root, err := filepath.Abs(repository)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"go.mod", "go.sum", "doc.go", "instrument.go"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		moved := strings.ReplaceAll(string(text), "=> "+repository, "=> "+root)
		if err := os.WriteFile(filepath.Join(dir, name), []byte(moved), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// record starts the services of a folder, sends the requests, stops them, and returns what they
// have recorded. Their environment has more variables.
func record(t *testing.T, folder string, env ...string) string {
	t.Helper()
	c := startCollector(t)
	stock := startService(t, folder, "stock", c, env, "-broker", "127.0.0.1:0")
	broker := stock.says(t, "broker on")
	orders := startService(t, folder, "orders", c, env, "-stock", stock.says(t, "serving on"), "-broker", broker)
	front := startService(t, folder, "front", c, env, "-orders", orders.says(t, "serving on"))
	base := front.says(t, "serving on")
	for _, request := range requests {
		send(t, base+request.path, request.trace, request.status)
	}
	if slip, err := stock.stdout.ReadString('\n'); slip != "order 1: 1 mug\n" { // the message has come
		t.Errorf("the packing slip is %q, %v", slip, err)
	}
	front.stop(t)
	orders.stop(t)
	stock.stop(t)

	var b strings.Builder
	var known []string
	for _, request := range requests {
		fmt.Fprintf(&b, "# POST %s: %d\n%s\n", request.path, request.status, c.tree(request.trace))
		known = append(known, request.trace)
	}
	fmt.Fprintf(&b, "# Traces of no request\n%s\n# Histograms of durations\n%s", c.others(known...), c.durations())
	return b.String()
}

// send sends a request, as part of a trace.
func send(t *testing.T, url, trace string, status int) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("traceparent", "00-"+trace+"-00000000000000ff-01")
	request.Header.Set("User-Agent", "test")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(response.Body)
	response.Body.Close()
	if err != nil || response.StatusCode != status {
		t.Errorf("%s: status %d, want %d: %s, %v", url, response.StatusCode, status, body, err)
	}
}
