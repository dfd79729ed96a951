package workflowtest

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/workflow"
)

// mutation is a mistake that a store could make.
type mutation struct {
	text string // completes "a store that"
	of   func(workflow.Store) workflow.Store
}

// mutations are the mistakes, by name.
var mutations = map[string]mutation{
	"forgets":    {"does each step again in each execution", executing(func(e *faulty) { e.forgets = true })},
	"skips":      {"does no step", executing(func(e *faulty) { e.skips = true })},
	"blurs":      {"calls every record that of a wait", executing(func(e *faulty) { e.blurs = true })},
	"hurries":    {"ends each wait at once", executing(func(e *faulty) { e.hurries = true })},
	"restarts":   {"lets the limit of a wait begin again in each execution", executing(func(e *faulty) { e.restarts = true })},
	"lingers":    {"waits without limit", executing(func(e *faulty) { e.lingers = true })},
	"gains":      {"says that nothing of a limit has passed", executing(func(e *faulty) { e.gains = true })},
	"ignores":    {"never says that a run is canceled", executing(func(e *faulty) { e.ignores = true })},
	"imagines":   {"says that every run is canceled", executing(func(e *faulty) { e.imagines = true })},
	"hides":      {"shows no marks", executing(func(e *faulty) { e.hides = true })},
	"ends":       {"ends a run that is parked", executing(func(e *faulty) { e.ends = true })},
	"praises":    {"says that every run has succeeded", executing(func(e *faulty) { e.praises = true })},
	"mutes":      {"keeps no reason of an end", executing(func(e *faulty) { e.mutes = true })},
	"mixes":      {"gives a run another input", executing(func(e *faulty) { e.mixes = true })},
	"anonymous":  {"gives all runs the same key", executing(func(e *faulty) { e.anonymous = true })},
	"repeats":    {"has only the first of each two messages", func(s workflow.Store) workflow.Store { return &lossy{Store: s} }},
	"drops":      {"loses messages", func(s workflow.Store) workflow.Store { return &dropping{s} }},
	"welcomes":   {"starts the same run again without an error", func(s workflow.Store) workflow.Store { return &welcoming{s} }},
	"silent":     {"wakes nobody who is canceled", func(s workflow.Store) workflow.Store { return &silent{s} }},
	"resigned":   {"resumes nothing", func(s workflow.Store) workflow.Store { return &resigned{s} }},
	"impatient":  {"does not wait for the end of a run", func(s workflow.Store) workflow.Store { return &impatient{s} }},
	"lists-all":  {"lists runs of every status", func(s workflow.Store) workflow.Store { return &listing{s, true, false} }},
	"lists-few":  {"lists the first page alone", func(s workflow.Store) workflow.Store { return &listing{s, false, true} }},
	"accepts":    {"takes messages for what has ended, or is not there", func(s workflow.Store) workflow.Store { return &accepting{s} }},
	"abandons":   {"does not wait for steps when it is stopped", func(s workflow.Store) workflow.Store { return &abandoning{s} }},
	"interrupts": {"ends the contexts of steps when it is stopped", func(s workflow.Store) workflow.Store { return &interrupting{s} }},
	"idle":       {"executes what is started from now on alone", func(s workflow.Store) workflow.Store { return &idle{Store: s} }},
}

// mutant is a connection whose store makes a mistake.
type mutant struct {
	workflow.Opener
	mutate func(workflow.Store) workflow.Store
}

func (m *mutant) OpenWorkflow(ctx context.Context, space bindings.Space) (workflow.Store, error) {
	store, err := m.Opener.OpenWorkflow(ctx, space)
	if err != nil {
		return nil, err
	}
	return m.mutate(store), nil
}

// faulty is an execution that makes mistakes.
type faulty struct {
	workflow.Execution
	forgets, skips, blurs, hurries, restarts, lingers, gains, ignores, imagines, hides, ends, praises, mutes, mixes, anonymous bool
}

// executing is a store whose executions make a mistake.
func executing(set func(*faulty)) func(workflow.Store) workflow.Store {
	return func(s workflow.Store) workflow.Store { return &served{s, set} }
}

type served struct {
	workflow.Store
	set func(*faulty)
}

func (s *served) Serve(ctx context.Context, body workflow.Body) (workflow.Server, error) {
	return s.Store.Serve(ctx, func(ctx context.Context, e workflow.Execution) workflow.Outcome {
		f := &faulty{Execution: e}
		s.set(f)
		var o workflow.Outcome
		func() {
			defer func() {
				if p := recover(); p != nil && p != errEnds {
					panic(p)
				}
			}()
			o = body(ctx, f)
		}()
		if f.praises {
			o.Status = workflow.Succeeded
		}
		if f.mutes {
			o.Reason = ""
		}
		if o.Status == "" {
			o = workflow.Outcome{Status: workflow.Failed, Output: []byte(`{"failure":{"text":"parked"}}`)}
		}
		return o
	})
}

var errEnds = "the execution ends"

func (f *faulty) Key() string {
	if f.anonymous {
		return ":1"
	}
	return f.Execution.Key()
}

func (f *faulty) Input() []byte {
	if f.mixes {
		return []byte(`{"value":"other","id":"1"}`)
	}
	return f.Execution.Input()
}

func (f *faulty) Step(name string, do func() []byte) ([]byte, error) {
	switch {
	case f.skips:
		return []byte(`{"step":"` + name + `"}`), nil
	case f.forgets:
		data, err := f.Execution.Step(name, do)
		if err == nil {
			data = do()
		}
		return data, err
	case f.blurs:
		return f.Execution.Step(name, func() []byte { do(); return []byte(`{"step":"wait"}`) })
	}
	return f.Execution.Step(name, do)
}

func (f *faulty) Receive(within time.Duration) (workflow.Message, bool, error) {
	switch {
	case f.hurries:
		return f.Execution.Receive(0)
	case f.lingers:
		return f.Execution.Receive(-1)
	case f.restarts && within > 0: // what was waited for before does not count
		time.Sleep(within)
		return f.Execution.Receive(0)
	}
	m, ok, err := f.Execution.Receive(within)
	if f.gains {
		m.Left = within
	}
	return m, ok, err
}

func (f *faulty) Canceled() bool { return !f.ignores && (f.imagines || f.Execution.Canceled()) }

func (f *faulty) Mark(status workflow.Status, reason string) {
	if !f.hides {
		f.Execution.Mark(status, reason)
	}
}

func (f *faulty) Park(reason string) {
	if f.ends {
		panic(errEnds)
	}
	f.Execution.Park(reason)
}

type lossy struct {
	workflow.Store
	mu   sync.Mutex
	sent int
}

func (s *lossy) Send(ctx context.Context, key string, message []byte) error {
	s.mu.Lock()
	s.sent++
	drop := s.sent%2 == 0
	s.mu.Unlock()
	if drop {
		return nil
	}
	return s.Store.Send(ctx, key, message)
}

type dropping struct{ workflow.Store }

func (dropping) Send(context.Context, string, []byte) error { return nil }

type welcoming struct{ workflow.Store }

func (s welcoming) Start(ctx context.Context, key string, input []byte) error {
	_ = s.Store.Start(ctx, key, input)
	return nil
}

type silent struct{ workflow.Store }

func (s silent) Cancel(ctx context.Context, key string, _ []byte) error {
	_, err := s.Get(ctx, key)
	return err
}

type resigned struct{ workflow.Store }

func (resigned) Resume(context.Context, string) error { return nil }

type impatient struct{ workflow.Store }

func (s impatient) Ended(ctx context.Context, key string) (workflow.State, error) {
	return s.Get(ctx, key)
}

type listing struct {
	workflow.Store
	all, first bool
}

func (s listing) List(ctx context.Context, statuses []workflow.Status, cursor string, limit int) (workflow.Page, error) {
	if s.all {
		statuses = nil
	}
	page, err := s.Store.List(ctx, statuses, cursor, limit)
	if s.first {
		page.Cursor = ""
	}
	return page, err
}

type accepting struct{ workflow.Store }

func (s accepting) Send(ctx context.Context, key string, message []byte) error {
	_ = s.Store.Send(ctx, key, message)
	return nil
}

func (s accepting) Cancel(ctx context.Context, key string, message []byte) error {
	_ = s.Store.Cancel(ctx, key, message)
	return nil
}

type abandoning struct{ workflow.Store }

func (s abandoning) Serve(ctx context.Context, body workflow.Body) (workflow.Server, error) {
	server, err := s.Store.Serve(ctx, body)
	return hasty{server}, err
}

type hasty struct{ workflow.Server }

func (h hasty) Stop(ctx context.Context) error {
	ended, cancel := context.WithCancel(ctx)
	cancel()
	_ = h.Server.Stop(ended)
	return nil
}

type interrupting struct{ workflow.Store }

func (s interrupting) Serve(ctx context.Context, body workflow.Body) (workflow.Server, error) {
	ctx, cancel := context.WithCancel(ctx)
	server, err := s.Store.Serve(ctx, body)
	return interrupted{server, cancel}, err
}

type interrupted struct {
	workflow.Server
	cancel context.CancelFunc
}

func (i interrupted) Stop(ctx context.Context) error {
	i.cancel()
	return i.Server.Stop(ctx)
}

// idle executes only what was started through it.
type idle struct {
	workflow.Store
	mu  sync.Mutex
	own []string
}

func (s *idle) Start(ctx context.Context, key string, input []byte) error {
	s.mu.Lock()
	s.own = append(s.own, key)
	s.mu.Unlock()
	return s.Store.Start(ctx, key, input)
}

func (s *idle) Serve(ctx context.Context, body workflow.Body) (workflow.Server, error) {
	return s.Store.Serve(ctx, func(ctx context.Context, e workflow.Execution) workflow.Outcome {
		s.mu.Lock()
		own := slices.Contains(s.own, e.Key())
		s.mu.Unlock()
		if !own {
			e.Park("nobody has it")
			runtime.Goexit()
		}
		return body(ctx, e)
	})
}
