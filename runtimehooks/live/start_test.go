package live

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The file takes effect before main, also for sites that package main registers only after this
// package is initialized. What turns out to be unknown once all are registered takes all of the
// file out of effect again.
func TestStart(t *testing.T) {
	const effect, unknown = "policy file is in effect", `:4:3: site must be a function that is woven, not "main.nobody"`
	switch os.Getenv("WANT") {
	case "":
		path := filepath.Join(t.TempDir(), "policy.yaml")
		out := child(t, "5 5", path, attemptsOf("5"))
		if strings.Count(out, effect) != 1 || strings.Contains(out, "ERROR") {
			t.Errorf("output is %s", out)
		}
		out = child(t, "5 3", path, attemptsOf("5")+"  main.nobody: {enabled: false}\n")
		if strings.Contains(out, effect) || strings.Count(out, unknown) != 1 {
			t.Errorf("output is %s, want it to say that a site is unknown, and not that the file is in effect", out)
		}
		out = child(t, "3 3", path, attemptsOf("x"))
		if strings.Contains(out, effect) || strings.Count(out, "policy.yaml:3:23: ") != 1 {
			t.Errorf("output is %s, want it to say that a value is wrong", out)
		}
		out = child(t, "3 3", path, attemptsOf("0")+"  main.nobody: {enabled: false}\n")
		if strings.Count(out, "policy.yaml:3:23: ") != 1 || strings.Count(out, unknown) != 1 {
			t.Errorf("output is %s, want each mistake once", out)
		}
		if out = child(t, "3 3", "", ""); strings.Contains(out, "policy") {
			t.Errorf("output is %s, want no word about policies", out)
		}
	default:
		before := inEffect(t)
		Start()
		Start()
		if got := before + " " + inEffect(t); got != os.Getenv("WANT") {
			t.Errorf("attempts before and after Start are %s, want %s", got, os.Getenv("WANT"))
		}
	}
}

// child runs this test in a process of its own, with a policy file, and returns its output.
func child(t *testing.T, want, path, text string) string {
	t.Helper()
	if path != "" {
		write(t, path, text)
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestStart$")
	cmd.Env = append(os.Environ(), "WANT="+want, "INSTRUMENT_POLICY="+path)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%v: %s", err, out)
	}
	return string(out)
}
