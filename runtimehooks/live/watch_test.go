package live

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fsnotify/fsnotify"
)

// What is being written must be read once it is whole, and a folder without rest must not keep the
// program from reading.
func TestHeed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		var loads, settles, rechecks []time.Duration
		note := func(list *[]time.Duration) func() {
			return func() { *list = append(*list, time.Since(begin)) }
		}
		again := []time.Duration{} // what the next calls of load return
		load := func() (wait time.Duration) {
			loads = append(loads, time.Since(begin))
			if len(again) > 0 {
				wait, again = again[0], again[1:]
			}
			return wait
		}
		events, errors, registered := make(chan fsnotify.Event), make(chan error), make(chan struct{})
		done := make(chan struct{})
		go func() {
			defer close(done)
			heed(events, errors, nil, signals{registered, time.After(patience), load, note(&rechecks), note(&settles)})
		}()
		want := func(what string, list *[]time.Duration, want ...time.Duration) {
			t.Helper()
			time.Sleep(2 * time.Second) // of the fake clock
			if synctest.Wait(); !slices.Equal(*list, want) {
				t.Errorf("%s at %v, want %v", what, *list, want)
			}
			*list, begin = nil, time.Now()
		}
		want("settled", &settles, patience)
		want("read without a change", &loads)

		events <- fsnotify.Event{Op: fsnotify.Chmod}
		want("read after a change of permissions", &loads)

		events <- fsnotify.Event{Op: fsnotify.Create}
		time.Sleep(quiet / 2)
		events <- fsnotify.Event{Op: fsnotify.Write}
		want("read after two events", &loads, quiet/2+quiet)

		for range 40 {
			events <- fsnotify.Event{Op: fsnotify.Write}
			time.Sleep(quiet / 2)
		}
		want("read while something always happens", &loads, deadline, 2*deadline)

		errors <- fsnotify.ErrEventOverflow
		want("read after lost events", &loads, quiet)

		again = []time.Duration{stable, stable / 2}
		events <- fsnotify.Event{Op: fsnotify.Write}
		want("read while the file may be incomplete", &loads, quiet, quiet+stable, quiet+stable+stable/2)

		registered <- struct{}{}
		want("judged again", &rechecks, 0)

		close(events)
		<-done
	})
}

// Where nothing tells of changes, the file is looked at from time to time.
func TestHeedTicks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		loads := 0
		events := make(chan fsnotify.Event)
		go heed(events, nil, time.Tick(poll), signals{load: func() time.Duration { loads++; return 0 }})
		time.Sleep(3*poll + 1)
		if synctest.Wait(); loads != 3 {
			t.Errorf("looked at %d times, want 3", loads)
		}
		close(events)
	})
}

// Each folder where a link or file may be replaced must be watched, and no more.
func TestFolders(t *testing.T) {
	root, err := filepath.EvalSymlinks(t.TempDir())
	must(t, err)
	for _, dir := range []string{"etc/..2026", "srv/1", "real/deep"} {
		must(t, os.MkdirAll(filepath.Join(root, dir), 0o777))
	}
	write(t, root+"/etc/..2026/p.yaml", "")
	write(t, root+"/srv/1/p.yaml", "")
	write(t, root+"/real/deep/p.yaml", "")
	for name, target := range map[string]string{
		"etc/..data": "..2026", "etc/p.yaml": "..data/p.yaml", "srv/current": "1", "srv/abs": root + "/real", "srv/up": "../real/deep",
		"srv/loop": "loop", "srv/broken": "nowhere/p.yaml",
	} {
		must(t, os.Symlink(target, filepath.Join(root, name)))
	}
	for path, want := range map[string][]string{
		"real/deep/p.yaml":                     {"real/deep"},
		"real/none/p.yaml":                     {"real"},
		"etc/p.yaml":                           {"etc", "etc/..2026"},
		"etc/..data/p.yaml":                    {"etc", "etc/..2026"},
		"srv/current/p.yaml":                   {"srv", "srv/1"},
		"srv/abs/deep/p.yaml":                  {"real/deep", "srv"},
		"srv/up/p.yaml":                        {"real/deep", "srv"},
		"srv/up/../../srv/../real/deep/p.yaml": {"real/deep"}, // as the file system joins it: see below
		"srv/loop":                             {"srv"},
		"srv/broken":                           {"srv"},
	} {
		var list []string
		for _, dir := range folders(filepath.Join(root, path)) {
			rel, err := filepath.Rel(root, dir)
			must(t, err)
			list = append(list, rel)
		}
		if !slices.Equal(list, want) {
			t.Errorf("%s depends on %q, want %q", path, list, want)
		}
	}
}
