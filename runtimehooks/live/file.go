package live

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"sync"
	"time"

	"github.com/instrumentgo/instrument/runtimehooks"
	"github.com/instrumentgo/instrument/runtimehooks/internal/process"
)

// file is a policy file, and what has been made of it.
type file struct {
	path string

	mu       sync.Mutex
	data     []byte    // as it was read last
	doc      *document // what it says; nil if it could not be read
	applied  *document // what is in effect; nil for nothing
	reported string    // the problems that were found last
	logged   []string  // those that were logged of the file as it is, each once: more are found as sites are registered
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

// patience is how long sites may be registered before what the file names must be known.
const patience = time.Second

// load reads the file. If it has changed, it is put into effect.
func (f *file) load() {
	f.mu.Lock()
	defer f.mu.Unlock()
	data, err := os.ReadFile(f.path)
	if err != nil {
		f.data, f.doc = nil, nil
		f.refuse([]problem{{message: "file must be readable: " + cause(err)}})
		return
	}
	if f.doc != nil && bytes.Equal(data, f.data) {
		return
	}
	f.data, f.doc, f.logged = data, parse(data), nil
	f.apply()
}

// cause is what went wrong, without the path.
func cause(err error) string {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		err = e.Err
	}
	return err.Error()
}

// apply puts what was read into effect, or says why it cannot be.
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

// settle ends the time in which what is unknown is not reported.
func (f *file) settle() {
	process.SetInitializing(false)
	f.recheck()
}

// recheck judges the file again, because sites have been registered or none will be. What is in
// effect, and turns out to be wrong now, is taken back.
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
		runtimehooks.Policies().Layer(process.FileLayer, runtimehooks.Overrides{}) // nothing is never wrong
		f.applied = nil
	}
	f.refuse(problems)
}
