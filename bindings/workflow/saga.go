package workflow

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// How undoing is tried: so often, and with pauses that double.
const (
	undoAttempts = 5
	firstPause   = time.Second
	lastPause    = time.Minute
)

// undoing is what undoes one step that was done.
type undoing struct {
	step string
	args json.RawMessage
	errs Errors
	do   func(context.Context) error
}

// compensate undoes the recorded steps, the last one first, each at least once and until it
// succeeds or an operator skips it. It returns what is left undone, "" for nothing.
func (r *run) compensate(ctx context.Context) string {
	r.undoing = true
	f := &frame{run: r}
	var left []string
	for i := len(r.undo) - 1; i >= 0; i-- {
		if failure := f.undone(ctx, r.undo[i]); failure != nil {
			left = append(left, fmt.Sprintf("%s: %v", r.undo[i].step, failure.err(nil)))
		}
	}
	if left == nil {
		return ""
	}
	return "not undone: " + strings.Join(left, "; ")
}

// undone undoes one step. It returns the last failure of one that was skipped.
func (f *frame) undone(ctx context.Context, u undoing) *failure {
	pause := firstPause
	for attempt := 1; ; attempt++ {
		e, err := f.step(ctx, "undo "+u.step, u.args, false, func(ctx context.Context) entry {
			if err := u.do(ctx); err != nil {
				return entry{Failure: failureOf(err, u.errs)}
			}
			return entry{}
		})
		if err != nil { // its arguments were recorded once
			f.run.park("undo %s: %v", u.step, err)
		}
		if e.Failure == nil {
			return nil
		}
		if attempt%undoAttempts != 0 {
			f.run.pause(pause)
			pause = min(2*pause, lastPause)
			continue
		}
		pause = firstPause
		reason := fmt.Sprintf("undo %s: %v", u.step, e.Failure.err(nil))
		f.run.stops(Stuck, reason)
		f.run.exec.Mark(Stuck, reason)
		skip := f.run.verdict()
		f.run.exec.Mark(Running, "")
		if skip {
			return e.Failure
		}
	}
}

// pause waits in the run's time, whatever it is sent meanwhile.
func (r *run) pause(d time.Duration) {
	for d > 0 {
		m, ok := r.receive(d)
		if !ok {
			return
		}
		d = m.left
	}
}

// verdict waits for an operator to decide whether what cannot be undone is skipped.
func (r *run) verdict() (skip bool) {
	for {
		if m, _ := r.receive(-1); m.Verdict != "" {
			return m.Verdict == verdictSkip
		}
	}
}
