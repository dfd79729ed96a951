package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/provider/dbos"
	"github.com/instrumentgo/instrument/bindings/workflow"
)

// orders is how many check-outs a round has.
const orders = 50

// fails reports whether a check-out fails at its last step.
func fails(order int) bool { return order%10 == 7 }

var (
	reserving = workflow.Step{Name: "reserve"}
	charging  = workflow.Step{Name: "charge"}
	shipping  = workflow.Step{Name: "ship", Errors: workflow.Errors{"kill.errFull": errFull}}
	errFull   = errors.New("the van is full")
)

// checkOut is the body of the workflow. What its steps do to the world they do once for a key.
func (w *world) checkOut(ctx context.Context, order int) (int, error) {
	for _, s := range []struct {
		step     *workflow.Step
		do, undo string
	}{{&reserving, "reserve", "release"}, {&charging, "charge", "refund"}} {
		key := workflow.Key(ctx)
		if _, err := workflow.Record(ctx, s.step, order, func(ctx context.Context) (string, error) {
			return key, w.note(s.do, order, workflow.Key(ctx))
		}, func(ctx context.Context, order int, key string) error { return w.note(s.undo, order, key) }); err != nil {
			return 0, err
		}
	}
	if err := workflow.Sleep(ctx, 200*time.Millisecond); err != nil {
		return 0, err
	}
	return workflow.Record(ctx, &shipping, order, func(ctx context.Context) (int, error) {
		if fails(order) {
			return 0, errFull
		}
		return order, w.note("ship", order, workflow.Key(ctx))
	}, nil)
}

// serve executes the check-outs in a folder, and returns when all have ended as they should.
func serve(ctx context.Context, folder string) error {
	w, err := openWorld(filepath.Join(folder, worldFile))
	if err != nil {
		return err
	}
	p, err := bindings.Open(ctx, bindings.Environment{Namespace: "shop", Bindings: []bindings.Binding{
		{Name: "checkouts", URL: "dbos+sqlite:" + filepath.Join(folder, "runs.db")}}}, dbos.Provider)
	if err != nil {
		return err
	}
	if err := workflow.Handle(ctx, p, "checkouts", w.checkOut, workflow.Known(shipping.Errors)); err != nil {
		return err
	}
	checkouts, err := workflow.Open[int, int](ctx, p, "checkouts")
	if err != nil {
		return err
	}
	return bindings.Run(ctx, p, time.Minute, func(ctx context.Context) error {
		for order := range orders {
			if err := checkouts.Start(ctx, fmt.Sprint(order), order); err != nil {
				return err
			}
		}
		for order := range orders {
			got, err := checkouts.Result(ctx, fmt.Sprint(order))
			if fails(order) != errors.Is(err, errFull) || !fails(order) && (err != nil || got != order) {
				return fmt.Errorf("check-out %d is %d, %v", order, got, err)
			}
		}
		return nil
	})
}
