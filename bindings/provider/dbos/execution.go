package dbos

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/dbos-inc/dbos-transact-golang/dbos"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/workflow"
)

// server executes the runs of one space.
type server struct {
	*store
	body   workflow.Body
	ctx    context.Context // of bodies: it ends after they have
	cancel context.CancelFunc

	mu       sync.Mutex
	stopping bool // no more steps begin
	dead     bool // what is under way is not recorded either
	group    sync.WaitGroup
}

// Stop implements [workflow.Server].
func (s *server) Stop(ctx context.Context) error {
	s.mu.Lock()
	s.stopping = true
	s.mu.Unlock()
	s.change()
	err := workflow.Await(ctx, &s.group)
	s.kill()
	return err
}

// kill ends the executions as the end of the process would.
func (s *server) kill() {
	s.mu.Lock()
	s.stopping, s.dead = true, true
	s.mu.Unlock()
	s.change()
	s.cancel()
}

// enter counts an execution, and returns false if none may begin.
func (s *server) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopping {
		return false
	}
	s.group.Add(1)
	return true
}

// stopped reports whether no more steps may begin, and whether none may be recorded.
func (s *server) stopped() (stopping, dead bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stopping, s.dead
}

// execute is the one workflow that DBOS knows. Its input names the space and the run. An execution
// that does not end the run says that it does not own it any more, so that DBOS records nothing,
// and executes it again after the next launch.
func (c *conn) execute(engine dbos.Context, name string) (string, error) {
	ended := false
	var execution sync.WaitGroup
	execution.Go(func() { // whose goroutine may end
		c.run(engine, name)
		ended = true
	})
	execution.Wait()
	if !ended {
		return "", dbos.ErrConflictingWorkflowID
	}
	return "", nil
}

// run executes a run, and returns if it has ended.
func (c *conn) run(engine dbos.Context, name string) {
	space, key, _ := strings.Cut(name, "/")
	s := c.server(engine, space)
	if s == nil || !s.enter() {
		runtime.Goexit()
	}
	defer s.group.Done()
	e := &execution{server: s, engine: engine, key: key}
	state, err := s.Get(context.Background(), key)
	switch {
	case err != nil:
		e.end("read run", err)
	case state.Status == workflow.Parked:
		runtime.Goexit()
	case state.Status.Ended():
		return
	}
	e.input = state.Input
	o := s.body(s.ctx, e)
	e.check(true)
	e.must("record the end", do(s.db, `UPDATE instrument_run SET status = ?, reason = ?, output = ?, ended = ? WHERE space = ? AND key = ?`,
		o.Status, o.Reason, o.Output, time.Now().UnixNano(), s.space, key))
	s.change()
}

// server returns what executes the runs of a space. The engine is launched by the first workflow
// that is served, so it may have to wait for the others; it returns nil if the engine is shut down
// meanwhile.
func (c *conn) server(engine dbos.Context, space string) *server {
	for {
		changed := c.changes()
		c.mu.Lock()
		s := c.servers[space]
		c.mu.Unlock()
		if s != nil {
			return s
		}
		select {
		case <-engine.Done():
			return nil
		case <-changed:
		}
	}
}

// execution is one execution of a run.
type execution struct {
	*server
	engine   dbos.Context
	key      string
	input    []byte
	steps    int // so far
	received int // messages so far
}

// end ends the goroutine because of a failure of the database.
func (e *execution) end(what string, err error) {
	slog.Warn("a run of a workflow is interrupted", "run", e.key, "doing", what, "error", err)
	runtime.Goexit()
}

func (e *execution) must(what string, err error) {
	if err != nil {
		e.end(what, err)
	}
}

// check ends the goroutine if the execution must not go on; one that is about to record something
// may, unless the server is dead.
func (e *execution) check(records bool) {
	if stopping, dead := e.stopped(); dead || stopping && !records {
		runtime.Goexit()
	}
}

// Key implements [workflow.Execution].
func (e *execution) Key() string { return e.key }

// Input implements [workflow.Execution].
func (e *execution) Input() []byte { return e.input }

// waiting is the name of a wait among DBOS's steps.
const waiting = "wait"

// Step implements [workflow.Execution].
func (e *execution) Step(name string, do func() []byte) ([]byte, error) {
	return e.record("step "+name, do)
}

// record returns the next record of DBOS, which do makes if there is none.
func (e *execution) record(name string, do func() []byte) ([]byte, error) {
	e.check(false)
	e.steps++
	text, err := dbos.RunAsStep(e.engine, func(context.Context) (string, error) {
		data := do()
		e.check(true)
		return string(data), nil
	}, dbos.WithStepName(name))
	if err == nil {
		return []byte(text), nil
	}
	if errors.Is(err, &dbos.Error{Code: dbos.ErrorCodeUnexpectedStep}) {
		return nil, workflow.Differs(strings.TrimPrefix(e.was(), "step "), strings.TrimPrefix(name, "step "))
	}
	e.end("record "+name, err)
	return nil, err
}

// was returns the name of the step that is recorded in the place of the last one.
func (e *execution) was() string {
	e.conn.mu.Lock()
	engine := e.conn.engine // in the context of the run, reading would be a step of it
	e.conn.mu.Unlock()
	list, err := dbos.GetWorkflowSteps(engine, e.space+"/"+e.key, dbos.WithStepsLoadOutput(false))
	if err != nil || len(list) < e.steps {
		return "another step"
	}
	return list[e.steps-1].StepName
}

// received is the record of a wait.
type received struct {
	Data []byte        `json:"data,omitempty"`
	Left time.Duration `json:"left,omitempty"`
	OK   bool          `json:"ok,omitempty"`
}

// Receive implements [workflow.Execution].
func (e *execution) Receive(within time.Duration) (workflow.Message, bool, error) {
	data, err := e.record(waiting, func() []byte {
		data, err := json.Marshal(e.await(within))
		e.must("encode message", err)
		return data
	})
	if err != nil {
		return workflow.Message{}, false, err
	}
	var r received
	e.must("decode message", json.Unmarshal(data, &r))
	if r.OK {
		e.received++
	}
	return workflow.Message{Data: r.Data, Left: r.Left}, r.OK, nil
}

// await waits for the next message. The end of the wait is kept when it begins.
func (e *execution) await(within time.Duration) received {
	var until time.Time
	if within >= 0 {
		now := time.Now()
		e.must("keep the end of a wait", do(e.db, `UPDATE instrument_run SET wait = ?1, until = ?2 WHERE space = ?3 AND key = ?4 AND wait <> ?1`,
			e.steps, now.Add(within).UnixNano(), e.space, e.key))
		var end int64
		e.must("read the end of a wait", e.db.QueryRow(`SELECT until FROM instrument_run WHERE space = ? AND key = ?`, e.space, e.key).Scan(&end))
		until = time.Unix(0, end)
	}
	for {
		changed := e.changes()
		e.check(false)
		left := time.Duration(0)
		if within >= 0 {
			left = max(time.Until(until), 0)
		}
		var data []byte
		err := coded(context.Background(), e.db.QueryRow(`SELECT data FROM instrument_message WHERE space = ? AND key = ? AND place = ?`,
			e.space, e.key, e.received).Scan(&data))
		if err == nil {
			return received{data, left, true}
		}
		if err != bindings.NotFound {
			e.end("read message", err)
		}
		if within >= 0 && left == 0 {
			return received{}
		}
		e.wait(changed, left)
	}
}

// wait waits for a change, or the time that is left; without limit if that is 0.
func (e *execution) wait(changed <-chan struct{}, left time.Duration) {
	if left == 0 {
		<-changed
		return
	}
	timer := time.NewTimer(left)
	defer timer.Stop()
	select {
	case <-changed:
	case <-timer.C:
	}
}

// Canceled implements [workflow.Execution].
func (e *execution) Canceled() bool {
	var canceled bool
	e.must("read request", e.db.QueryRow(`SELECT canceled FROM instrument_run WHERE space = ? AND key = ?`, e.space, e.key).Scan(&canceled))
	return canceled
}

// Mark implements [workflow.Execution].
func (e *execution) Mark(status workflow.Status, reason string) {
	e.check(false)
	e.must("mark run", do(e.db, `UPDATE instrument_run SET status = ?, reason = ? WHERE space = ? AND key = ?`, status, reason, e.space, e.key))
}

// Park implements [workflow.Execution].
func (e *execution) Park(reason string) {
	e.Mark(workflow.Parked, reason)
	runtime.Goexit()
}
