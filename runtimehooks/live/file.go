package live

import (
	"bytes"
	"sync"
	"time"

	"github.com/instrumentgo/instrument/internal/yamlfile"
	"github.com/instrumentgo/instrument/runtimehooks"
	"github.com/instrumentgo/instrument/runtimehooks/internal/process"
)

// file is a policy file, with what was read from it and what is in effect.
type file struct {
	path string

	mu       sync.Mutex
	data     []byte    // as it was read last
	doc      *document // what it says; nil if it could not be read
	applied  *document // what is in effect; nil for nothing
	reported string    // the problems that were found last
	logged   []string  // problems that were logged for the current content, each once: more are found as sites are registered

	size    int       // of the content that counted as complete last
	partial []byte    // content that may be the beginning of a file that is being written; nil if there is none
	since   time.Time // when it was read first

	announced announcement
}

// start reads the file and begins to watch it. The watch comes first, so that no change is missed
// in between.
func (f *file) start() *watcher {
	w := watch(f.path)
	f.load()
	go w.run(signals{
		registered: process.Registrations(),
		settled:    time.After(patience),
		load:       f.load, recheck: f.recheck, settle: f.settle,
	})
	return w
}

// patience is how long we wait for sites to be registered before a name that no site knows is an
// error.
const patience = time.Second

// stable is how long a file that became shorter must stay as it is before it counts as complete.
const stable = time.Second

// load reads the file. If it has changed, it is put into effect. A file that has become shorter may
// be one that somebody is writing: what it held before stays in effect until it has not changed for
// a while. load returns how long to wait before it must be called again; 0 if only a change of the
// file is a reason.
func (f *file) load() (again time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	data, err := yamlfile.Read(f.path)
	if err != nil {
		f.data, f.doc, f.partial = nil, nil, nil
		f.refuse([]problem{{message: "file must be readable: " + err.Error()}})
		return 0
	}
	if f.doc != nil && bytes.Equal(data, f.data) {
		f.partial = nil
		return 0
	}
	if again = f.wait(data); again == 0 {
		f.data, f.size, f.doc, f.logged, f.partial = data, len(data), parse(data), nil, nil
		f.apply()
	}
	return again
}

// wait returns how long to wait until new content counts as complete; 0 if it does.
func (f *file) wait(data []byte) time.Duration {
	if f.applied == nil || len(bytes.TrimSpace(data)) > 0 && len(data) >= f.size && f.partial == nil {
		return 0
	}
	if f.partial == nil || !bytes.Equal(data, f.partial) {
		f.partial, f.since = append([]byte{}, data...), time.Now()
	}
	return max(stable-time.Since(f.since), 0)
}

// apply puts what was read into effect, or reports why it cannot.
func (f *file) apply() {
	problems := f.doc.problems
	if len(problems) == 0 {
		problems = f.doc.locate(runtimehooks.Policies().Layer(process.FileLayer, f.doc.overrides))
	}
	if len(problems) > 0 {
		f.refuse(problems)
		return
	}
	f.accept()
}

// settle ends the time in which unknown names are not reported.
func (f *file) settle() {
	process.SetInitializing(false)
	f.recheck()
}

// recheck checks the file again, because sites have been registered or no more will be. If what is
// in effect turns out to be wrong now, it is taken back.
func (f *file) recheck() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.doc == nil || len(f.doc.problems) > 0 {
		return
	}
	problems := f.doc.locate(runtimehooks.Policies().Layer(process.FileLayer, f.doc.overrides))
	if len(problems) == 0 {
		f.accept()
		return
	}
	if f.applied == f.doc {
		runtimehooks.Policies().Layer(process.FileLayer, runtimehooks.Overrides{}) // an empty layer has no mistakes
		f.applied, f.announced = nil, announcement{}
	}
	f.refuse(problems)
}
