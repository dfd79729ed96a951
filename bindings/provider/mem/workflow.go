package mem

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/workflow"
)

// runs are the runs of one space, each with its journal. Executions come and go; what is here
// stays.
type runs struct {
	namespace string

	mu      sync.Mutex
	all     map[string]*run
	servers []*server // in the order in which they began
}

// run is one run.
type run struct {
	state    workflow.State
	journal  []answer
	mailbox  [][]byte  // not yet received
	waits    time.Time // end of the wait that is next in the journal; zero unless it has begun and has a limit
	canceled bool

	owner   *server // that executes it; nil for nobody
	epoch   int     // of the execution: an earlier one does not own the run any more
	changed chan struct{}
}

// answer is what an execution was answered.
type answer struct {
	step     string // name of a step; "" for a message
	data     []byte
	left     time.Duration
	received bool // there was a message
}

// change wakes whoever waits for something of the run. The caller holds the lock.
func (r *run) change() {
	close(r.changed)
	r.changed = make(chan struct{})
}

// flow is a platform's use of runs.
type flow struct {
	*runs
	faults *faults // nil for none
}

// OpenWorkflow implements [workflow.Opener].
func (c *conn) OpenWorkflow(_ context.Context, space bindings.Space) (workflow.Store, error) {
	c.memory.mu.Lock()
	defer c.memory.mu.Unlock()
	key := c.where + " " + space.Name()
	r := c.memory.runs[key]
	if r == nil {
		r = &runs{namespace: space.Namespace, all: map[string]*run{}}
		c.memory.runs[key] = r
	}
	return &flow{r, c.faults}, nil
}

// Abilities implements [workflow.Store].
func (f *flow) Abilities() workflow.Abilities { return workflow.Abilities{} }

// Start implements [workflow.Store].
func (f *flow) Start(ctx context.Context, key string, input []byte) error {
	_, err := around(ctx, f.faults, func() (none, error) {
		f.mu.Lock()
		defer f.mu.Unlock()
		if f.all[key] != nil {
			return none{}, bindings.AlreadyExists
		}
		r := &run{changed: make(chan struct{})}
		r.state = workflow.State{Key: key, Status: workflow.Running, Input: slices.Clone(input), Started: time.Now()}
		f.all[key] = r
		f.assign(r)
		return none{}, nil
	})
	return err
}

// find returns a run. The caller holds the lock.
func (f *flow) find(key string) (*run, error) {
	if r := f.all[key]; r != nil {
		return r, nil
	}
	return nil, bindings.NotFound
}

// Send implements [workflow.Store].
func (f *flow) Send(ctx context.Context, key string, message []byte) error {
	return f.send(ctx, key, message, false)
}

// Cancel implements [workflow.Store].
func (f *flow) Cancel(ctx context.Context, key string, message []byte) error {
	return f.send(ctx, key, message, true)
}

func (f *flow) send(ctx context.Context, key string, message []byte, cancel bool) error {
	_, err := around(ctx, f.faults, func() (none, error) {
		f.mu.Lock()
		defer f.mu.Unlock()
		r, err := f.find(key)
		if err != nil {
			return none{}, err
		}
		if r.state.Status.Ended() {
			return none{}, bindings.Errorf(bindings.FailedPrecondition, "the run is %s", r.state.Status)
		}
		r.canceled = r.canceled || cancel
		r.mailbox = append(r.mailbox, slices.Clone(message))
		r.change()
		return none{}, nil
	})
	return err
}

// Resume implements [workflow.Store].
func (f *flow) Resume(ctx context.Context, key string) error {
	_, err := around(ctx, f.faults, func() (none, error) {
		f.mu.Lock()
		defer f.mu.Unlock()
		r, err := f.find(key)
		if err != nil {
			return none{}, err
		}
		if r.state.Status != workflow.Parked {
			return none{}, bindings.Errorf(bindings.FailedPrecondition, "the run is %s", r.state.Status)
		}
		r.state.Status, r.state.Reason = workflow.Running, ""
		f.assign(r)
		return none{}, nil
	})
	return err
}

// Get implements [workflow.Store].
func (f *flow) Get(ctx context.Context, key string) (workflow.State, error) {
	return around(ctx, f.faults, func() (workflow.State, error) {
		f.mu.Lock()
		defer f.mu.Unlock()
		r, err := f.find(key)
		if err != nil {
			return workflow.State{}, err
		}
		return r.copied(), nil
	})
}

// copied returns the state for somebody else to keep.
func (r *run) copied() workflow.State {
	s := r.state
	s.Input, s.Output = slices.Clone(s.Input), slices.Clone(s.Output)
	return s
}

// Ended implements [workflow.Store].
func (f *flow) Ended(ctx context.Context, key string) (workflow.State, error) {
	return around(ctx, f.faults, func() (workflow.State, error) {
		for {
			f.mu.Lock()
			r, err := f.find(key)
			if err != nil {
				f.mu.Unlock()
				return workflow.State{}, err
			}
			state, changed := r.copied(), r.changed
			f.mu.Unlock()
			if state.Status.Ended() {
				return state, nil
			}
			select {
			case <-ctx.Done():
				return workflow.State{}, ctx.Err()
			case <-changed:
			}
		}
	})
}

// List implements [workflow.Store].
func (f *flow) List(ctx context.Context, statuses []workflow.Status, cursor string, limit int) (workflow.Page, error) {
	return around(ctx, f.faults, func() (workflow.Page, error) {
		f.mu.Lock()
		defer f.mu.Unlock()
		var page workflow.Page
		for _, key := range slices.Sorted(maps.Keys(f.all)) {
			r := f.all[key]
			if key <= cursor || len(statuses) > 0 && !slices.Contains(statuses, r.state.Status) {
				continue
			}
			if len(page.Runs) == limit {
				page.Cursor = page.Runs[limit-1].Key
				break
			}
			page.Runs = append(page.Runs, r.copied())
		}
		return page, nil
	})
}

// server executes runs, as long as it is among those of its space.
type server struct {
	runs   *runs
	faults *faults
	body   workflow.Body
	ctx    context.Context // of bodies: it ends after they have
	cancel context.CancelFunc
	group  sync.WaitGroup

	stopping bool
}

// Serve implements [workflow.Store].
func (f *flow) Serve(ctx context.Context, body workflow.Body) (workflow.Server, error) {
	s := &server{runs: f.runs, faults: f.faults, body: body}
	s.ctx, s.cancel = context.WithCancel(ctx)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.servers = append(f.servers, s)
	for _, key := range slices.Sorted(maps.Keys(f.all)) {
		if r := f.all[key]; r.owner == nil {
			f.assign(r)
		}
	}
	return s, nil
}

// assign lets a server execute a run that nobody does: the one that has begun first. The caller
// holds the lock.
func (f *runs) assign(r *run) {
	r.epoch++
	r.owner = nil
	if len(f.servers) == 0 || r.state.Status.Ended() || r.state.Status == workflow.Parked {
		return
	}
	r.owner = f.servers[0]
	e := &execution{server: r.owner, run: r, epoch: r.epoch}
	r.owner.group.Go(e.execute)
}

// without takes a server out of those that runs are assigned to. The caller holds the lock.
func (f *runs) without(s *server) {
	f.servers = slices.DeleteFunc(f.servers, func(other *server) bool { return other == s })
}

// leave assigns the runs of a server to the others. The caller holds the lock.
func (f *runs) leave(s *server) {
	for _, key := range slices.Sorted(maps.Keys(f.all)) {
		if r := f.all[key]; r.owner == s {
			f.assign(r)
			r.change()
		}
	}
}

// Stop implements [workflow.Server]. Steps that are under way still own their run.
func (s *server) Stop(ctx context.Context) error {
	s.runs.mu.Lock()
	s.stopping = true
	s.runs.without(s)
	for _, r := range s.runs.all {
		if r.owner == s {
			r.change()
		}
	}
	s.runs.mu.Unlock()
	err := workflow.Await(ctx, &s.group)
	s.runs.mu.Lock()
	defer s.runs.mu.Unlock()
	s.runs.leave(s)
	s.cancel()
	return err
}

// Crash ends everything that executes runs of a service's workflows on this memory, as the end of
// their process would: functions of steps that are under way run on, as they may in a process that
// was only paused, and nothing more of them is recorded. The runs begin again with the next
// platform that starts.
func (m *Memory) Crash(namespace string) {
	m.mu.Lock()
	all := slices.Collect(maps.Values(m.runs))
	m.mu.Unlock()
	for _, r := range all {
		if r.namespace != namespace {
			continue
		}
		r.mu.Lock()
		servers := r.servers
		r.servers = nil // before any of their runs is assigned
		for _, s := range servers {
			r.leave(s)
			s.cancel()
		}
		r.mu.Unlock()
	}
}
