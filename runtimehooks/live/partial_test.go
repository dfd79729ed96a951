package live

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/instrumentgo/instrument/runtimehooks"
	"github.com/instrumentgo/instrument/runtimehooks/internal/process"
)

var freshNames int

// fresh returns a name that no site of the process has yet: sites stay registered.
func fresh(name string) string {
	freshNames++
	return name + strconv.Itoa(freshNames)
}

// While a file is being written, what it held before stays in effect; once it stays as it is, it
// counts, whatever is in it.
func TestPartial(t *testing.T) {
	const entry = "sites:\n  \"example.com/shop/orders.(*Service).PlaceOrder\":\n"
	good := entry + "    retry: {attempts: 4}\n    breaker: {enabled: false}\n"
	prefix := entry + "    retry: {attempts: 4}\n"
	for _, c := range []struct {
		name    string
		content string
		want    string // the attempts once the file is stable
	}{
		{"empty", "", "3"},
		{"white space", "  \n\n", "3"},
		{"valid beginning", entry, "3"},
		{"invalid beginning", good[:len(good)-5], "4"},
		{"corrected and shorter", attemptsOf("7"), "7"},
	} {
		t.Run(c.name, func(t *testing.T) {
			logged(t)
			path := filepath.Join(t.TempDir(), "policy.yaml")
			synctest.Test(t, func(t *testing.T) {
				defer clearLayer(t)
				f := &file{path: path}
				load := func(text string, again time.Duration, attempts string) {
					t.Helper()
					write(t, path, text)
					if got := f.load(); got != again || inEffect(t) != attempts {
						t.Errorf("%q: look again after %v, want %v; attempts %s, want %s", text, got, again, inEffect(t), attempts)
					}
				}
				load(good, 0, "4")
				load(c.content, stable, "4")
				time.Sleep(stable / 2)
				load(c.content, stable/2, "4")
				load(prefix, stable, "4") // the writer went on
				time.Sleep(stable / 2)
				load(good, 0, "4") // and is done
				load(c.content, stable, "4")
				time.Sleep(stable)
				load(c.content, 0, c.want)
				load(good+"# longer\n", 0, "4")
				must(t, os.Remove(path)) // to be written again
				f.load()
				load(prefix, stable, "4")
				time.Sleep(stable)
				load(prefix, 0, "4")
			})
		})
	}
}

// A program must not wait for a FIFO, nor read a file without end; a file in its place counts.
func TestUnreadable(t *testing.T) {
	path := filepath.Join(t.TempDir(), "policy.yaml")
	must(t, os.Symlink("/dev/zero", path))
	lines := logged(t)
	begun(t, path)
	want := "ERROR " + path + ": file must be readable: it is a device, not a regular file effect=the file overrides nothing"
	if got := next(t, lines); got != want {
		t.Errorf("logs %q, want %q", got, want)
	}
	put(t, path, attemptsOf("5"))
	if next(t, lines); inEffect(t) != "5" {
		t.Errorf("attempts %s, want 5", inEffect(t))
	}
}

// What is for a binding that is not open is not said to be in effect until it opens.
func TestWaiting(t *testing.T) {
	if os.Getenv("WAITING") == "" { // in a process of its own, in which no binding is open
		cmd := exec.Command(os.Args[0], "-test.run=^TestWaiting$", "-test.count=1")
		cmd.Env = append(os.Environ(), "WAITING=1")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
		return
	}
	path := filepath.Join(t.TempDir(), "policy.yaml")
	write(t, path, attemptsOf("5")+"  bindings.parcels: {timeout: {after: 2s}}\n")
	lines := logged(t)
	begun(t, path)
	const own, binding = "sites / example.com/shop/orders.(*Service).PlaceOrder / retry / attempts: 5", "sites / bindings.parcels / timeout / after"
	if got, want := next(t, lines), "INFO policy file is in effect changes=["+own+"] waiting for its binding=["+binding+"]"; got != want {
		t.Errorf("logs %q, want %q", got, want)
	}
	runtimehooks.Register(&runtimehooks.Site{
		Function: "bindings.parcels", Name: "parcels", Stacks: []string{"bindings"}, Aspects: runtimehooks.Aspects{Timeout: &runtimehooks.Timeout{After: time.Second}},
	})
	if got, want := next(t, lines), "INFO policy file is in effect changes=["+binding+": 2s]"; got != want {
		t.Errorf("logs %q, want %q", got, want)
	}
}

// A file that names a function which is not registered yet is in effect, but the log waits until
// that function is known.
func TestAnnouncedLate(t *testing.T) {
	process.SetInitializing(true)
	defer process.SetInitializing(false)
	path, late := filepath.Join(t.TempDir(), "policy.yaml"), fresh("Late")
	write(t, path, attemptsOf("5")+"  example.com/shop."+late+": {trace: {enabled: false}}\n")
	lines := logged(t)
	f := &file{path: path}
	defer clearLayer(t)
	if f.load(); inEffect(t) != "5" || len(lines) > 0 {
		t.Fatalf("attempts %s, want 5, and %d lines in the log", inEffect(t), len(lines))
	}
	runtimehooks.Register(&runtimehooks.Site{Function: "example.com/shop." + late, Name: "shop." + late, Aspects: runtimehooks.Aspects{Trace: &runtimehooks.Trace{}}})
	if f.recheck(); len(lines) != 1 {
		t.Fatalf("%d lines in the log, want 1", len(lines))
	}
}
