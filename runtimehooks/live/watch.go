package live

import (
	"log/slog"
	"slices"
	"time"

	"github.com/fsnotify/fsnotify"
)

// watcher reports when a file may have changed. It watches folders, because editors and Kubernetes
// replace files, and links to them, by renaming: a watch of the file itself would stay with the old
// one.
type watcher struct {
	path   string
	notify *fsnotify.Watcher // nil if the system has no more watches
}

// signals are the other events that run reacts to, and the functions that it calls.
type signals struct {
	registered <-chan struct{}  // sites were registered
	settled    <-chan time.Time // no more will be

	load            func() (again time.Duration) // again is when it must be called once more; 0 for not before something changes
	recheck, settle func()
}

const (
	quiet    = 50 * time.Millisecond  // writing is over after this time without an event
	deadline = 500 * time.Millisecond // a folder with constant events is checked after this time anyway
	poll     = 5 * time.Second        // interval if nothing reports changes
	distrust = 30 * time.Second       // interval otherwise: network file systems report nothing, nor do renamed folders further up
)

// watch begins to watch a file. It need not be there yet.
func watch(path string) *watcher {
	w := &watcher{path: path}
	notify, err := fsnotify.NewWatcher()
	if err == nil {
		w.notify = notify
		_, err = w.follow()
	}
	if err != nil {
		if w.notify != nil {
			w.notify.Close()
		}
		w.notify = nil
		slog.Warn("policy file cannot be watched, and is looked at from time to time", "file", path, "error", err, "interval", poll)
	}
	return w
}

// follow watches the folders that the file depends on now, and no others. It reports whether there
// are new ones.
func (w *watcher) follow() (more bool, err error) {
	want, have := folders(w.path), w.notify.WatchList()
	for _, dir := range have {
		if !slices.Contains(want, dir) {
			w.notify.Remove(dir) // it may be gone, and its watch with it
		}
	}
	for _, dir := range want {
		if !slices.Contains(have, dir) {
			if err := w.notify.Add(dir); err != nil {
				return more, err
			}
			more = true
		}
	}
	return more, nil
}

// run reacts to events for as long as the program runs.
func (w *watcher) run(s signals) {
	if w.notify == nil {
		heed(nil, nil, time.Tick(poll), s)
		return
	}
	load := s.load
	s.load = func() (again time.Duration) {
		for range 10 { // once more whenever a folder is new, because it may have changed before it was watched
			more, err := w.follow()
			again = load()
			if !more && err == nil {
				break
			}
		}
		return again
	}
	heed(w.notify.Events, w.notify.Errors, time.Tick(distrust), s)
}

// heed is the loop. After events it waits until there are no more, so that a file that is being
// written is read when it is complete.
func heed(events <-chan fsnotify.Event, errors <-chan error, ticks <-chan time.Time, s signals) {
	timer := time.NewTimer(0)
	<-timer.C
	var first time.Time // of the events that have not been handled; zero if there are none
	soon := func() {
		now := time.Now()
		if first.IsZero() {
			first = now
		}
		timer.Reset(min(quiet, first.Add(deadline).Sub(now)))
	}
	load := func() {
		first = time.Time{}
		if again := s.load(); again > 0 {
			timer.Reset(again)
		}
	}
	for {
		select {
		case event, ok := <-events:
			if !ok {
				return
			}
			if event.Op != fsnotify.Chmod {
				soon()
			}
		case <-errors: // events were lost
			soon()
		case <-ticks:
			load()
		case <-timer.C:
			load()
		case <-s.registered:
			s.recheck()
		case <-s.settled:
			s.settle()
		}
	}
}
