package bindings

import (
	"errors"
	"slices"
	"sync"
)

// reports is what parts of a program say about a binding besides what its connection does: a
// subscription that cannot receive.
type reports struct {
	mu  sync.Mutex
	all []*func() error
}

// Report lets a function say whether something that goes on in the background works, until remove
// is called: [Platform.Health] joins its error to that of the binding. It must return at once.
func (l *Link) Report(check func() error) (remove func()) {
	r := &l.reports
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all = append(r.all, &check)
	return func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.all = slices.DeleteFunc(r.all, func(other *func() error) bool { return other == &check })
	}
}

// failing returns what the functions report.
func (r *reports) failing() error {
	r.mu.Lock()
	all := slices.Clone(r.all)
	r.mu.Unlock()
	var errs []error
	for _, check := range all {
		errs = append(errs, (*check)())
	}
	return errors.Join(errs...)
}
