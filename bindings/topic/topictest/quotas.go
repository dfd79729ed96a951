package topictest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/provider/providertest"
)

// retention is how long the topic passing keeps messages: longer than it takes to fill it.
const retention = 4 * time.Second

// piece is a message that takes a part of a quota.
func piece(i int) string { return fmt.Sprintf("%03d", i) + strings.Repeat(".", providertest.Piece) }

var quotaCases = []testCase{
	{"a full tenant leaves the others alone", func(t *testing.T, f *fixture) {
		o := f.topic(t, cramped)
		greedy, modest := bindings.WithTenant(f.Ctx, "greedy"), bindings.WithTenant(f.Ctx, "modest")
		providertest.Fill(t, func(i int) error { return o.Publish(greedy, piece(i)) })
		if err := o.Publish(modest, piece(0)); err != nil {
			t.Errorf("publish of another tenant: %v", err)
		}
		if err := f.topic(t, tenants).Publish(greedy, piece(0)); err != nil {
			t.Errorf("publish to another binding: %v", err)
		}
	}},
	{"a full topic drops nothing", func(t *testing.T, f *fixture) {
		o, in, ctx := f.topic(t, cramped), &inbox{}, bindings.WithTenant(f.Ctx, "a")
		n := providertest.Fill(t, func(i int) error { return o.Publish(ctx, piece(i)) })
		subscribeAs(t, ctx, o, group, in)
		got := in.waits(t, n)
		slices.Sort(got)
		for i, message := range got {
			if message != piece(i) {
				t.Fatalf("message %d is %.10q, want %.10q", i, message, piece(i))
			}
		}
	}},
	{"messages past their retention make room", func(t *testing.T, f *fixture) {
		o := f.topic(t, passing)
		n := providertest.Fill(t, func(i int) error { return o.Publish(f.Ctx, piece(i)) })
		until(t, func() bool {
			err := o.Publish(f.Ctx, piece(n))
			if err != nil {
				code(t, "publish", err, bindings.ResourceExhausted)
			}
			return err == nil
		}, func() string { return "room in the topic" })
	}},
}
