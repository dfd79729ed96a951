package live

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/instrumentgo/instrument/runtimehooks"
	"github.com/instrumentgo/instrument/runtimehooks/internal/process"
)

// The sites of the test's program.
var (
	placeOrder = runtimehooks.Site{
		Function: "example.com/shop/orders.(*Service).PlaceOrder", Name: "Service.PlaceOrder", Stacks: []string{"server"},
		Aspects: runtimehooks.Aspects{
			Timeout: &runtimehooks.Timeout{After: time.Second}, Retry: &runtimehooks.Retry{Attempts: 3, Initial: time.Millisecond, Max: time.Second},
			Breaker: &runtimehooks.Breaker{Name: "payments", Failures: 5, Cooldown: 5 * time.Second, Probes: 1},
			Authz:   &runtimehooks.Authz{},
		},
	}
	health = runtimehooks.Site{Function: "example.com/shop.Health", Name: "shop.Health", Aspects: runtimehooks.Aspects{Trace: &runtimehooks.Trace{}}}
)

func init() { runtimehooks.Register(&placeOrder, &health) }

// records collects what is logged. Each record is its message and attributes.
type records struct{ lines chan string }

func (records) Enabled(context.Context, slog.Level) bool { return true }
func (r records) WithAttrs([]slog.Attr) slog.Handler     { return r }
func (r records) WithGroup(string) slog.Handler          { return r }
func (r records) Handle(_ context.Context, rec slog.Record) error {
	text := rec.Level.String() + " " + rec.Message
	rec.Attrs(func(a slog.Attr) bool {
		if a.Key != "file" {
			text += " " + a.String()
		}
		return true
	})
	r.lines <- text
	return nil
}

// logged returns a channel of what is logged from now on.
func logged(t *testing.T) <-chan string {
	t.Helper()
	r := records{make(chan string, 1000)}
	before := slog.Default()
	slog.SetDefault(slog.New(r))
	t.Cleanup(func() { slog.SetDefault(before) })
	return r.lines
}

// next waits for the next record.
func next(t *testing.T, lines <-chan string) string {
	t.Helper()
	select {
	case line := <-lines:
		return line
	case <-time.After(10 * time.Second):
		t.Fatal("nothing is logged for 10 s")
		return ""
	}
}

func clearLayer(t *testing.T) {
	t.Helper()
	if err := runtimehooks.Policies().Layer(process.FileLayer, runtimehooks.Overrides{}); err != nil {
		t.Error(err)
	}
}

// begun starts a file until the test ends, as after the program's initialization.
func begun(t *testing.T, path string) *file {
	t.Helper()
	f := &file{path: path}
	w := f.start()
	t.Cleanup(func() {
		w.notify.Close()
		clearLayer(t)
	})
	return f
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

// put makes a file appear as a whole: who looks at the wrong moment does not find it empty.
func put(t *testing.T, path, text string) {
	t.Helper()
	fresh := filepath.Join(t.TempDir(), "fresh")
	write(t, fresh, text)
	must(t, os.Rename(fresh, path))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// attemptsOf returns the text of a file that sets the attempts of PlaceOrder.
func attemptsOf(n string) string {
	return "sites:\n  \"example.com/shop/orders.(*Service).PlaceOrder\":\n    retry: {attempts: " + n + "}\n"
}

// inEffect returns the effective attempts of PlaceOrder.
func inEffect(t *testing.T) string {
	t.Helper()
	for _, s := range runtimehooks.Policies().Sites() {
		for _, a := range s.Aspects {
			for _, o := range a.Options {
				if s.Function == placeOrder.Function && a.Name == "retry" && o.Name == "attempts" {
					return o.Value
				}
			}
		}
	}
	t.Fatal("no such site")
	return ""
}

// Every way in which people and tools replace a file must reach the program.
func TestChanges(t *testing.T) {
	link := func(t *testing.T, target, name string) { // replaces a link as ln -sfn and the kubelet do
		t.Helper()
		must(t, os.Symlink(target, name+".new"))
		must(t, os.Rename(name+".new", name))
	}
	for name, way := range map[string]struct {
		path   string // of the file, in the test's folder
		before func(t *testing.T, dir string)
		change func(t *testing.T, dir string)
	}{
		"written": {"policy.yaml",
			func(t *testing.T, dir string) { write(t, dir+"/policy.yaml", attemptsOf("4")) },
			func(t *testing.T, dir string) { write(t, dir+"/policy.yaml", attemptsOf("5")) },
		},
		"renamed": {"policy.yaml",
			func(t *testing.T, dir string) { write(t, dir+"/policy.yaml", attemptsOf("4")) },
			func(t *testing.T, dir string) {
				write(t, dir+"/.policy.yaml.swp", attemptsOf("5"))
				must(t, os.Rename(dir+"/.policy.yaml.swp", dir+"/policy.yaml"))
			},
		},
		"removed, then renamed": {"policy.yaml",
			func(t *testing.T, dir string) { write(t, dir+"/policy.yaml", attemptsOf("4")) },
			func(t *testing.T, dir string) {
				must(t, os.Rename(dir+"/policy.yaml", dir+"/policy.yaml~"))
				write(t, dir+"/policy.yaml", attemptsOf("5"))
			},
		},
		"link to a file elsewhere, which is written": {"policy.yaml",
			func(t *testing.T, dir string) {
				must(t, os.Mkdir(dir+"/elsewhere", 0o777))
				write(t, dir+"/elsewhere/p.yaml", attemptsOf("4"))
				link(t, "elsewhere/p.yaml", dir+"/policy.yaml")
			},
			func(t *testing.T, dir string) { write(t, dir+"/elsewhere/p.yaml", attemptsOf("5")) },
		},
		"link swapped": {"policy.yaml",
			func(t *testing.T, dir string) {
				write(t, dir+"/4.yaml", attemptsOf("4"))
				write(t, dir+"/5.yaml", attemptsOf("5"))
				link(t, "4.yaml", dir+"/policy.yaml")
			},
			func(t *testing.T, dir string) { link(t, dir+"/5.yaml", dir+"/policy.yaml") },
		},
		"Kubernetes volume": {"policy.yaml",
			func(t *testing.T, dir string) {
				must(t, os.Mkdir(dir+"/..2026_01", 0o777))
				write(t, dir+"/..2026_01/policy.yaml", attemptsOf("4"))
				link(t, "..2026_01", dir+"/..data")
				link(t, "..data/policy.yaml", dir+"/policy.yaml")
			},
			func(t *testing.T, dir string) {
				must(t, os.Mkdir(dir+"/..2026_02", 0o777))
				write(t, dir+"/..2026_02/policy.yaml", attemptsOf("5"))
				link(t, "..2026_02", dir+"/..data")
				must(t, os.RemoveAll(dir+"/..2026_01"))
			},
		},
		"link to the folder swapped": {"current/policy.yaml",
			func(t *testing.T, dir string) {
				must(t, os.MkdirAll(dir+"/releases/1", 0o777))
				must(t, os.MkdirAll(dir+"/releases/2", 0o777))
				write(t, dir+"/releases/1/policy.yaml", attemptsOf("4"))
				write(t, dir+"/releases/2/policy.yaml", attemptsOf("5"))
				link(t, "releases/1", dir+"/current")
			},
			func(t *testing.T, dir string) { link(t, "releases/2", dir+"/current") },
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			way.before(t, dir)
			lines := logged(t)
			begun(t, filepath.Join(dir, way.path))
			path := "sites / example.com/shop/orders.(*Service).PlaceOrder / retry / attempts"
			if got, want := next(t, lines), "INFO policy file is in effect changes=["+path+": 4]"; got != want || inEffect(t) != "4" {
				t.Fatalf("logs %q, attempts %s", got, inEffect(t))
			}
			way.change(t, dir)
			line := next(t, lines)
			for strings.Contains(line, "file must be readable") { // between two steps of the change
				if line = next(t, lines); strings.HasSuffix(line, "changes=[]") {
					line = next(t, lines)
				}
			}
			if want := "INFO policy file is in effect changes=[" + path + ": 4 → 5]"; line != want || inEffect(t) != "5" {
				t.Errorf("logs %q, want %q; attempts %s", line, want, inEffect(t))
			}
		})
	}
}

// A file that is not there yet, or whose folder is not, is read when it comes; and one that went
// stays in effect.
func TestComesLater(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "etc/shop/policy.yaml")
	lines := logged(t)
	begun(t, path)
	want := "ERROR " + path + ": file must be readable: no such file or directory effect=the file overrides nothing"
	if got := next(t, lines); got != want {
		t.Fatalf("logs %q, want %q", got, want)
	}
	must(t, os.MkdirAll(filepath.Dir(path), 0o777))
	put(t, path, attemptsOf("7"))
	if next(t, lines); inEffect(t) != "7" {
		t.Errorf("attempts %s, want 7", inEffect(t))
	}
	must(t, os.RemoveAll(filepath.Join(dir, "etc")))
	want = "ERROR " + path + ": file must be readable: no such file or directory effect=the policy of before stays"
	if got := next(t, lines); got != want || inEffect(t) != "7" {
		t.Errorf("logs %q, want %q; attempts %s", got, want, inEffect(t))
	}
	must(t, os.MkdirAll(filepath.Dir(path), 0o777))
	put(t, path, attemptsOf("8"))
	if next(t, lines); inEffect(t) != "8" {
		t.Errorf("attempts %s, want 8", inEffect(t))
	}
	must(t, os.Rename(filepath.Dir(path), filepath.Join(dir, "old")))
	if got := next(t, lines); got != want {
		t.Fatalf("logs %q, want %q", got, want)
	}
	must(t, os.MkdirAll(filepath.Dir(path), 0o777))
	put(t, path, attemptsOf("9"))
	if next(t, lines); inEffect(t) != "9" {
		t.Errorf("attempts %s, want 9", inEffect(t))
	}
}

// A bad file changes nothing, says where it is wrong, and is forgotten when a good one comes.
func TestBadFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "policy.yaml")
	write(t, path, attemptsOf("0"))
	lines := logged(t)
	begun(t, path)
	want := "ERROR " + path + ":3:23: attempts of retry must be at least 1 and at most 100, not 0 effect=the file overrides nothing"
	if got := next(t, lines); got != want || inEffect(t) != "3" {
		t.Errorf("logs %q, want %q; attempts %s", got, want, inEffect(t))
	}
	write(t, path, attemptsOf("6"))
	if next(t, lines); inEffect(t) != "6" {
		t.Errorf("attempts %s, want 6", inEffect(t))
	}
	write(t, path, attemptsOf("6")+"stacks: {servr: {timeout: {after: 1s}}}\nnames: {payments: {breaker: {cooldown: 0s}}}\n")
	for _, want := range []string{
		path + ":4:10: stack must be one that a woven function uses, not \"servr\" (did you mean \"server\"?)",
		path + ":5:40: cooldown of breaker must be more than 0s, not 0s",
	} {
		if got := next(t, lines); got != "ERROR "+want+" effect=the policy of before stays" {
			t.Errorf("logs %q, want %q", got, want)
		}
	}
	if inEffect(t) != "6" {
		t.Errorf("attempts %s after a bad file, want 6 as before", inEffect(t))
	}
	write(t, path, attemptsOf("6"))
	if got := next(t, lines); got != "INFO policy file is in effect changes=[]" {
		t.Errorf("logs %q: want to hear that the file is good again", got)
	}
}

// What a program's own code overrides beats the file at the same site, and the file comes back when
// that ends.
func TestLayers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "policy.yaml")
	write(t, path, attemptsOf("4"))
	lines := logged(t)
	begun(t, path)
	next(t, lines)
	own := runtimehooks.Overrides{Sites: map[string]runtimehooks.AspectOverrides{placeOrder.Function: {"retry": {"attempts": "9"}}}}
	must(t, runtimehooks.Policies().Override(own))
	if inEffect(t) != "9" {
		t.Errorf("attempts %s, want the program's 9", inEffect(t))
	}
	must(t, runtimehooks.Policies().Override(runtimehooks.Overrides{}))
	if inEffect(t) != "4" {
		t.Errorf("attempts %s, want the file's 4", inEffect(t))
	}
}

// Calls, changes of the file and of the program's overrides, and the registration of sites may all
// happen at once.
func TestConcurrently(t *testing.T) {
	path := filepath.Join(t.TempDir(), "policy.yaml")
	write(t, path, attemptsOf("4"))
	lines := logged(t)
	f := begun(t, path)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range 200 {
			call := placeOrder.Call()
			var err error
			func() {
				call.Enter(t.Context())
				defer call.Exit(&err)
				for call.Next(&err) {
					err = nil
				}
			}()
			runtimehooks.Policies().Sites()
			runtimehooks.Register(&placeOrder)
		}
	}()
	for i := range 50 {
		write(t, path, attemptsOf([]string{"5", "6"}[i%2]))
		f.load()
	}
	for again := f.load(); again > 0; again = f.load() { // the watcher may have seen the file empty
		time.Sleep(again)
	}
	<-done
	if got := inEffect(t); got != "6" || len(lines) == 0 {
		t.Errorf("attempts %s, want 6 as written last", got)
	}
}

// What a change of the file did is logged the same way each time.
func TestChangesAreSorted(t *testing.T) {
	d := parse([]byte("stacks: {server: {enabled: false}}\nnames: {payments: {breaker: {cooldown: 1s, probes: 2}}}\n"))
	got := changes(map[string]string{"names / payments / breaker / cooldown": "2s", "sites / a.F / retry / max": "1s"}, flatten(d.overrides))
	want := []string{
		"names / payments / breaker / cooldown: 2s → 1s", "names / payments / breaker / probes: 2",
		"sites / a.F / retry / max: 1s → as built", "stacks / server / enabled: false",
	}
	if !slices.Equal(got, want) {
		t.Errorf("changes are %q, want %q", got, want)
	}
}
