package beyond

import "context"

// Reply is a result that says how a call went.
type Reply struct{ Status int }

// Asks is the work of the functions below.
type Asks func() (Reply, error)

func busy(r Reply, err error) bool { return err != nil || r.Status == 503 }

func final(r Reply, err error) bool { return r.Status == 400 }

//instrument:retry attempts=3 initial=0s budget=0 if=busy unless=final
func RetryJudged(ctx context.Context, ask Asks) (Reply, error) { return ask() }

//instrument:breaker failures=1 cooldown=1s if=busy unless=final
func BreakerJudged(ctx context.Context, ask Asks) (Reply, error) { return ask() }
