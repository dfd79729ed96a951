// Package workflow lets plain functions go on after a crash: [Of] of a function's input and result
// starts its runs, whatever engine keeps what they have done.
//
//	func (s *Service) CheckOut(ctx context.Context, in Order) (Receipt, error) {
//		res, err := s.Stock.Reserve(ctx, in.Lines)                  // a step: recorded, and undone if the run fails
//		…
//		approval, err := workflow.Wait[Approval](ctx, "approved", workflow.Within(48*time.Hour))
//		…
//	}
//
//	err := workflow.Handle(ctx, platform, "checkouts", service.CheckOut)
//	checkouts, err := workflow.Open[Order, Receipt](ctx, platform, "checkouts")
//	err = checkouts.Start(ctx, "order-7", order)                  // once, however often it is called
//	receipt, err := checkouts.Result(ctx, "order-7")
//
// # Steps
//
// A run is one call of the body. What it does to the world it does by steps, functions whose calls
// are recorded with their arguments and results, as JSON: [Record] makes such a call. After a crash
// the body is called again with the same input, by this process or another one, and its steps
// return what is recorded of them until there is no more; from there it goes on. So a step is done
// at least once, and not again after its result was recorded. What must happen once, such as a
// charge, the callee recognises by [Key].
//
// A body must make the same calls whenever it runs with the same input and the same answers. Time,
// numbers, pauses and concurrency it has from [Now], [Random], [Sleep] and [All]; everything else
// that changes belongs into steps. A run whose calls differ from its records, because the code has
// changed or depends on something else, is [Parked]: it is never replayed into other code. With the
// code that fits, [Of.Retry] lets it go on.
//
// An error of a step comes back with its text, its code of package bindings, and whether it matches
// the step's Errors; a body sees it so the first time, too. A record has at most [MaxData] bytes:
// larger arguments are refused before the call, a larger result is an error after it, and if the
// step can be undone the run is Stuck when it fails later, because there is no result to undo.
//
// # Undoing
//
// When the body returns an error or panics, the steps that were done and have a function which
// undoes them are undone, the last one first, as steps themselves. An undoing that fails is tried
// again, 5 times with pauses of 1, 2, 4 and 8 seconds. Then the run is [Stuck]: [Of.List] shows it
// with the reason until somebody calls [Of.Retry] or [Of.Skip]. A step that returned an error is
// not undone: it must have left nothing behind.
//
// [Of.Cancel] asks a run to end: the next step that would begin, or the wait under way, fails with
// Canceled. A step that had begun is finished first, after a crash, too, so that it can be undone.
//
// # Without a run
//
// With the context of anything but a body, a step's function is an ordinary call, Sleep a timer and
// Key a new text: the same functions serve both.
//
// # Whose runs
//
// The ID of a run is its idempotency key, within the tenant of the context if there is one. The
// body's context has the tenant and the trace of whoever started the run; each execution is a span
// of that trace, with a span for each step that is done. The metric workflow.runs counts runs by
// workflow.name and workflow.run.status when they end, and when they are stuck or parked, which a
// warning in the log says, too. Whoever executes such a run again after a restart says it again.
//
// # Engines
//
// A provider implements [Store]: it keeps for each run an input, a sequence of answers and a
// mailbox, and calls the body until it returns. Undoing, signals, children, branches, keys and
// errors are made from these here, on all engines alike. Package workflowtest holds a store to what
// is written here. That of mem: lasts as long as the process, or its mem.Memory: it is for tests,
// with a fake clock (testing/synctest) and executions that crash by seed (mem:?crashes=0.2&seed=7).
// That of provider dbos outlives its process.
package workflow
