package workflow

import (
	"context"
	"sync"
	"time"

	"github.com/instrumentgo/instrument/bindings"
)

// MaxData is the greatest length of an input, a signal, a result, and of the record of a step, in
// bytes of JSON, unless the store has a smaller limit.
const MaxData = 1 << 20

// Abilities are what a store declares.
type Abilities struct {
	MaxData int // greatest length of an input, a message and a record, in bytes; 0 if unknown or unlimited
}

// Status is what has become of a run.
type Status string

// The statuses. The last three are final.
const (
	Running   Status = "running"   // its body is under way, sleeps, or waits
	Parked    Status = "parked"    // it does not go on by itself: its reason says why, and Retry lets it go on
	Stuck     Status = "stuck"     // what one step did cannot be undone: an operator decides, by Retry or Skip
	Succeeded Status = "succeeded" // its body has returned a result
	Failed    Status = "failed"    // its body has failed, and what could be undone is undone
	Canceled  Status = "canceled"  // likewise, because it was canceled
)

// Ended reports whether the status is final.
func (s Status) Ended() bool { return s == Succeeded || s == Failed || s == Canceled }

// State is a run as stores see it.
type State struct {
	Key    string // identifies the run in its space
	Status Status
	Reason string // why it is parked, stuck, or what was left undone; "" for nothing
	Input  []byte // as it was started with
	Output []byte // of an ended run, as its body returned it

	Started time.Time
	Ended   time.Time // zero while it has not
}

// changed is why records are not those of a body's calls.
const changed = "the code has changed, or depends on more than its records"

// Await waits until the executions of a server that stops have ended, or ctx ends.
func Await(ctx context.Context, executions *sync.WaitGroup) error {
	done := make(chan struct{})
	go func() {
		executions.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Differs is the error of Execution.Step and Receive where something else is recorded.
func Differs(was, now string) error {
	return bindings.Errorf(bindings.FailedPrecondition, "it was %s and is now %s: "+changed, was, now)
}

// Outcome is how a run ends.
type Outcome struct {
	Status Status // a final one
	Reason string
	Output []byte
}

// Message is what a run receives.
type Message struct {
	Data []byte        // belongs to the receiver
	Left time.Duration // how much was left of the limit; 0 without one
}

// Store is what a provider implements: the runs of one space, which are all of one workflow. Errors
// carry a code of package bindings. Many goroutines may call all methods at once.
type Store interface {
	// Abilities returns what the store can do. It does not change.
	Abilities() Abilities
	// Start keeps a run, which whoever serves begins. It returns when the provider has stored it as
	// safely as it can. If there is a run with that key it fails with AlreadyExists.
	Start(ctx context.Context, key string, input []byte) error
	// Send puts a message into the mailbox of a run, which keeps them in order. It fails with NotFound
	// if there is no such run, and with FailedPrecondition if it has ended.
	Send(ctx context.Context, key string, message []byte) error
	// Cancel is Send, and lets Execution.Canceled return true from now on.
	Cancel(ctx context.Context, key string, message []byte) error
	// Resume lets a parked run begin again. It fails with NotFound if there is no such run, and with
	// FailedPrecondition if it is not parked.
	Resume(ctx context.Context, key string) error
	// Get returns a run, or NotFound.
	Get(ctx context.Context, key string) (State, error)
	// Ended waits until a run has ended, and returns it. It fails with NotFound if there is no such
	// run.
	Ended(ctx context.Context, key string) (State, error)
	// List returns up to limit runs with one of the statuses, all for none, in the order of their
	// keys, and the cursor that continues after them, "" at the end. The first cursor is "".
	List(ctx context.Context, statuses []Status, cursor string, limit int) (Page, error)
	// Serve executes the runs that have not ended, and those that are started from now on, until the
	// server is stopped. A run that another process executes is left to it for as long as it lives.
	Serve(ctx context.Context, body Body) (Server, error)
}

// Page is a part of a list of runs.
type Page struct {
	Runs   []State
	Cursor string // continues the list; "" at the end
}

// Server executes runs.
type Server interface {
	// Stop begins no more steps, and returns when those that are under way are recorded, or ctx ends.
	// Runs that have not ended wait where they are for the next server.
	Stop(ctx context.Context) error
}

// Body is what executes a run: from its beginning, with the same answers of the execution as before
// for as long as they are recorded. What it returns is recorded as the end of the run. If it ends
// in another way, by a panic or by runtime.Goexit, then only because the execution ended it.
type Body func(ctx context.Context, e Execution) Outcome

// Execution is one execution of a run by its body. Its methods are called by one goroutine, one
// after the other, in an order that depends on nothing but the input and their answers.
//
// Step and Receive return when their answer is recorded, by an execution that still owns the run.
// One that does not own it any more, or that cannot go on now, does not return to its body: it ends
// the goroutine, by runtime.Goexit or by a panic with a value of its own. The body lets that pass,
// and does nothing more in this execution.
type Execution interface {
	// Key returns the key of the run.
	Key() string
	// Input returns what the run was started with.
	Input() []byte
	// Step returns what is recorded as its next answer. If there is nothing yet it calls do, and
	// records what that returns. Its error is FailedPrecondition if the record is one of something
	// else.
	Step(name string, do func() []byte) ([]byte, error)
	// Receive takes the next message out of the mailbox, and waits for one up to a limit that begins
	// with the first call, in whichever execution that was; without limit if it is negative. It
	// returns false if the limit passes first. Its error is as that of Step.
	Receive(within time.Duration) (Message, bool, error)
	// Canceled reports whether it was asked for that the run ends. The answer is not recorded: it may
	// be asked for in a step alone.
	Canceled() bool
	// Mark lets the run have a status that is not final, and a reason. It is not recorded.
	Mark(status Status, reason string)
	// Park ends the execution without an end of the run, which is Parked for a reason.
	Park(reason string)
}

// Opener is what a provider's connection implements to provide workflows.
type Opener interface {
	bindings.Conn
	// OpenWorkflow returns the runs of a space. It may be called more than once for one space.
	OpenWorkflow(ctx context.Context, space bindings.Space) (Store, error)
}
