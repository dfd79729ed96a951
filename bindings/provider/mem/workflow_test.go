package mem_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/provider/mem"
	"github.com/instrumentgo/instrument/bindings/provider/providertest"
	"github.com/instrumentgo/instrument/bindings/workflow"
	"github.com/instrumentgo/instrument/bindings/workflow/workflowtest"
)

func workflows() workflowtest.Harness {
	m := mem.New()
	return workflowtest.Harness{
		Harness: providertest.Harness{
			Provider: m.Provider(),
			URL:      func(*testing.T) string { return "mem:" },
			Around:   func(t *testing.T, run func(*testing.T)) { synctest.Test(t, run) },
			Reopen:   true,
		},
		Crash: func(_ *testing.T, f *providertest.Fixture) { m.Crash(f.Namespace) },
	}
}

func TestWorkflow(t *testing.T) { workflowtest.Run(t, workflows()) }

// A suite that a wrong store passes proves nothing.
func TestWorkflowMutants(t *testing.T) { workflowtest.Mutants(t, workflows()) }

// checkOuts are check-outs of a shop, and what they have done: the stock that is reserved, and the
// charges of a gateway that recognises a second request by its key.
type checkOuts struct {
	mu       sync.Mutex
	reserved map[string]bool // by order
	charges  map[string]string
}

var (
	reserving = workflow.Step{Name: "reserve"}
	charging  = workflow.Step{Name: "charge"}
	shipping  = workflow.Step{Name: "ship"}
)

func (c *checkOuts) body(ctx context.Context, order string) (string, error) {
	if _, err := workflow.Record(ctx, &reserving, order, func(context.Context) (bool, error) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.reserved[order] = true
		return true, nil
	}, func(_ context.Context, order string, _ bool) error {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.reserved, order)
		return nil
	}); err != nil {
		return "", err
	}
	key := workflow.Key(ctx)
	if _, err := workflow.Record(ctx, &charging, key, func(context.Context) (string, error) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.charges[key] = order
		return order, nil
	}, func(context.Context, string, string) error {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.charges, key)
		return nil
	}); err != nil {
		return "", err
	}
	if err := workflow.Sleep(ctx, time.Hour); err != nil {
		return "", err
	}
	return workflow.Record(ctx, &shipping, order, func(context.Context) (string, error) {
		if strings.HasSuffix(order, "7") {
			return "", errors.New("the van is full")
		}
		return "shipped " + order, nil
	}, nil)
}

// Whatever crashes, a charge belongs to an order that was shipped, and the stock adds up.
func TestWorkflowCrashes(t *testing.T) {
	crashes := 0
	for seed := range 40 {
		synctest.Test(t, func(t *testing.T) {
			c := &checkOuts{reserved: map[string]bool{}, charges: map[string]string{}}
			executions := 0
			p, err := bindings.Open(t.Context(), bindings.Environment{Namespace: "shop", Bindings: []bindings.Binding{
				{Name: "checkouts", URL: fmt.Sprintf("mem:?crashes=0.3&seed=%d", seed)}}}, mem.Provider)
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close(t.Context())
			if err := workflow.Handle(t.Context(), p, "checkouts", func(ctx context.Context, order string) (string, error) {
				c.mu.Lock()
				executions++
				c.mu.Unlock()
				return c.body(ctx, order)
			}); err != nil {
				t.Fatal(err)
			}
			o, err := workflow.Open[string, string](t.Context(), p, "checkouts")
			if err != nil {
				t.Fatal(err)
			}
			if err := p.Start(t.Context()); err != nil {
				t.Fatal(err)
			}
			const orders = 50
			for i := range orders {
				if err := o.Start(t.Context(), fmt.Sprint(i), fmt.Sprint("order-", i)); err != nil {
					t.Fatal(err)
				}
			}
			for i := range orders {
				got, err := o.Result(t.Context(), fmt.Sprint(i))
				if fails := i%10 == 7; fails != (err != nil) || !fails && got != fmt.Sprint("shipped order-", i) {
					t.Errorf("seed %d: run %d is %q, %v", seed, i, got, err)
				}
			}
			if len(c.reserved) != orders*9/10 || len(c.charges) != orders*9/10 {
				t.Errorf("seed %d: %d orders are reserved and %d are charged, want %d", seed, len(c.reserved), len(c.charges), orders*9/10)
			}
			crashes += executions - orders
		})
	}
	if crashes < 1000 {
		t.Errorf("%d executions crashed, want many", crashes)
	}
}
