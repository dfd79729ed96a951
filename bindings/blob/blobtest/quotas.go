package blobtest

import (
	"fmt"
	"testing"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/blob"
	"github.com/instrumentgo/instrument/bindings/provider/providertest"
)

var quotaCases = []testCase{
	{"a full tenant leaves the others alone", func(t *testing.T, f *fixture, _ blob.Bucket) {
		b, data := f.bucket(t, cramped), []byte(pattern(providertest.Piece))
		greedy, modest := bindings.WithTenant(f.Ctx, "greedy"), bindings.WithTenant(f.Ctx, "modest")
		n := providertest.Fill(t, func(i int) error { _, err := b.WriteAll(greedy, fmt.Sprint(i), data); return err })
		if _, err := b.WriteAll(modest, "k", data); err != nil {
			t.Errorf("put of another tenant: %v", err)
		}
		if _, err := f.bucket(t, tenants).WriteAll(greedy, "k", data); err != nil {
			t.Errorf("put of another binding: %v", err)
		}
		for i := range n {
			if got, err := b.ReadAll(greedy, fmt.Sprint(i)); err != nil || string(got) != string(data) {
				t.Errorf("object %d in a full binding is %.10q, %v", i, got, err)
			}
		}
		_, err := b.Stat(greedy, fmt.Sprint(n))
		providertest.Code(t, "stat of what did not fit", err, bindings.NotFound)
	}},
	{"what is deleted makes room", func(t *testing.T, f *fixture, _ blob.Bucket) {
		b, data := f.bucket(t, cramped), []byte(pattern(providertest.Piece))
		ctx := bindings.WithTenant(f.Ctx, "a")
		n := providertest.Fill(t, func(i int) error { _, err := b.WriteAll(ctx, fmt.Sprint(i), data); return err })
		for range 5 { // what did not fit must not pile up
			_, err := b.WriteAll(ctx, fmt.Sprint(n), data)
			providertest.Code(t, "put", err, bindings.ResourceExhausted)
		}
		if err := b.Delete(ctx, "0"); err != nil {
			t.Fatal(err)
		}
		if _, err := b.WriteAll(ctx, fmt.Sprint(n), data); err != nil {
			t.Errorf("put after a deletion: %v", err)
		}
	}},
	{"an object greater than the quota leaves what was there", func(t *testing.T, f *fixture, _ blob.Bucket) {
		b, ctx := f.bucket(t, cramped), bindings.WithTenant(f.Ctx, "a")
		if _, err := b.WriteAll(ctx, "k", []byte("old")); err != nil {
			t.Fatal(err)
		}
		_, err := b.WriteAll(ctx, "k", []byte(pattern(1<<20)))
		providertest.Code(t, "put", err, bindings.ResourceExhausted)
		if got, err := b.ReadAll(ctx, "k"); err != nil || string(got) != "old" {
			t.Errorf("object is %.10q, %v; want what it was", got, err)
		}
		if _, err := b.WriteAll(ctx, "other", []byte(pattern(providertest.Piece))); err != nil {
			t.Errorf("put of what fits: %v", err)
		}
	}},
}
