package bench

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// off tells whether woven code is switched off. A site reads the variable once, so a process is
// either on or off.
func off() bool { return os.Getenv("INSTRUMENT") == "off" }

func needOn(tb testing.TB) {
	if off() {
		tb.Skip("INSTRUMENT=off: runs in the process that is on")
	}
}

func needOff(tb testing.TB) {
	if !off() {
		tb.Skip("INSTRUMENT is not off: runs in the process that is off")
	}
}

// TestMain runs everything twice: in this process, and in one with INSTRUMENT=off.
func TestMain(m *testing.M) {
	flag.Parse()
	code := m.Run()
	if code == 0 && !off() {
		code = runOff()
	}
	os.Exit(code)
}

// passed are the flags of go test that the second process gets. The ones that name an output file
// would have it overwrite the first one's.
var passed = []string{"run", "bench", "benchtime", "benchmem", "count", "cpu", "short", "v", "failfast"}

// runOff runs this binary again with INSTRUMENT=off and returns its exit status.
func runOff() int {
	var args []string
	flag.Visit(func(f *flag.Flag) {
		if slices.Contains(passed, strings.TrimPrefix(f.Name, "test.")) {
			args = append(args, fmt.Sprintf("-%s=%s", f.Name, f.Value))
		}
	})
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), "INSTRUMENT=off")
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		return exit.ExitCode()
	case err != nil:
		fmt.Fprintln(os.Stderr, "run with INSTRUMENT=off:", err)
		return 1
	}
	return 0
}

// TestOff says that a woven function is its body when it is switched off: no telemetry, no second
// attempt.
func TestOff(t *testing.T) {
	needOff(t)
	got := record(t)
	s := &Stock{Busy: 1}
	f := wovenContender().All(s, 0)
	if _, err := f(context.Background(), 1); !errors.Is(err, ErrBusy) || s.Calls != 1 {
		t.Errorf("error %v after %d calls, want %v after 1", err, s.Calls, ErrBusy)
	}
	if n, err := f(context.Background(), 1); n != 2 || err != nil {
		t.Errorf("got %d, %v, want 2", n, err)
	}
	if n := len(got.spans.Ended()); n != 0 {
		t.Errorf("%d spans, want none", n)
	}
	if p := got.points(t); len(p) != 0 {
		t.Errorf("metrics %v, want none", p)
	}
}
