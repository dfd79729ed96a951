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

// file is a policy file, with what was read from it and what is in effect.
type file struct {
	path string

	mu       sync.Mutex
	data     []byte    // as it was read last
	doc      *document // what it says; nil if it could not be read
	applied  *document // what is in effect; nil for nothing
	reported string    // the problems that were found last
	logged   []string  // problems that were logged for the current content, each once: more are found as sites are registered
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

// cause returns an error without the path.
func cause(err error) string {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		err = e.Err
	}
	return err.Error()
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
		f.applied = nil
	}
	f.refuse(problems)
}
