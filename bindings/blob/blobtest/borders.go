package blobtest

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/blob"
	"github.com/instrumentgo/instrument/bindings/provider/providertest"
)

// operations are all ways to reach the object "k". Each returns NotFound if it does not reach one.
var operations = []struct {
	name string
	do   func(ctx context.Context, b blob.Bucket) error
}{
	{"get", func(ctx context.Context, b blob.Bucket) error { _, err := b.ReadAll(ctx, "k"); return err }},
	{"get range", func(ctx context.Context, b blob.Bucket) error { _, err := b.GetRange(ctx, "k", 0, 1); return err }},
	{"stat", func(ctx context.Context, b blob.Bucket) error { _, err := b.Stat(ctx, "k"); return err }},
	{"list", func(ctx context.Context, b blob.Bucket) error {
		keys, err := keysOf(ctx, b, "")
		if err == nil && len(keys) == 0 {
			return bindings.NotFound
		}
		return err
	}},
	{"copy", func(ctx context.Context, b blob.Bucket) error { _, err := b.Copy(ctx, "to", "k"); return err }},
	{"list by delimiter", func(ctx context.Context, b blob.Bucket) error {
		page, err := b.List(ctx, "", "/", "", 10)
		if err == nil && len(page.Objects)+len(page.Prefixes) == 0 {
			return bindings.NotFound
		}
		return err
	}},
	{"sign", func(ctx context.Context, b blob.Bucket) error {
		_, err := b.SignedURL(ctx, "GET", "k", time.Hour)
		return errors.Join(err, bindings.NotFound) // what a URL reaches has cases of its own
	}},
	{"put if absent", func(ctx context.Context, b blob.Bucket) error {
		if _, err := b.WriteAll(ctx, "k", []byte("theirs"), blob.IfAbsent()); err != nil {
			return err
		}
		return errors.Join(bindings.NotFound, b.Delete(ctx, "k"))
	}},
	{"put", func(ctx context.Context, b blob.Bucket) error {
		_, err := b.WriteAll(ctx, "k", []byte("theirs"))
		return errors.Join(err, bindings.NotFound)
	}},
	{"delete", func(ctx context.Context, b blob.Bucket) error {
		return errors.Join(b.Delete(ctx, "k"), bindings.NotFound)
	}},
}

// apart checks that no operation on theirs reaches the object k that mine has.
func apart(t *testing.T, mine, theirs blob.Bucket, me, them context.Context) {
	t.Helper()
	if _, err := mine.WriteAll(me, "k", []byte("mine")); err != nil {
		t.Fatal(err)
	}
	for _, op := range operations {
		if err := op.do(them, theirs); !errors.Is(err, bindings.NotFound) && bindings.Code(err) != bindings.Unimplemented {
			t.Errorf("%s across the border: %v, want that there is nothing", op.name, err)
		}
		if got, err := mine.ReadAll(me, "k"); err != nil || string(got) != "mine" {
			t.Fatalf("after %s across the border the object is %q, %v", op.name, got, err)
		}
	}
}

var borderCases = []testCase{
	{"bindings do not see each other", func(t *testing.T, f *fixture, b blob.Bucket) {
		apart(t, b, f.bucket(t, others), f.Ctx, f.Ctx)
	}},
	{"services do not see each other", func(t *testing.T, f *fixture, b blob.Bucket) {
		apart(t, b, f.bucket(t, foreign), f.Ctx, f.Ctx)
	}},
	{"tenants do not see each other", func(t *testing.T, f *fixture, _ blob.Bucket) {
		b := f.bucket(t, tenants)
		apart(t, b, b, bindings.WithTenant(f.Ctx, "a"), bindings.WithTenant(f.Ctx, "b"))
	}},
	{"nobody sees a tenant's objects without being it", func(t *testing.T, f *fixture, _ blob.Bucket) {
		b := f.bucket(t, tenants)
		if _, err := b.WriteAll(bindings.WithTenant(f.Ctx, "a"), "k", []byte("mine")); err != nil {
			t.Fatal(err)
		}
		for _, op := range operations {
			if err := op.do(f.Ctx, b); !errors.Is(err, bindings.FailedPrecondition) {
				t.Errorf("%s without a tenant: %v, want that a tenant is missing", op.name, err)
			}
		}
		_, err := f.bucket(t, others, blob.PerTenant()).Stat(f.Ctx, "k")
		providertest.Code(t, "stat of a binding that the program scopes", err, bindings.FailedPrecondition)
	}},
	{"tenants with similar names are apart", func(t *testing.T, f *fixture, _ blob.Bucket) {
		b := f.bucket(t, tenants)
		names := []string{"a", "A", "a/b", "a_b", "..", "*", strings.Repeat("long", 100), strings.Repeat("long", 100) + "er"}
		for _, name := range names {
			if _, err := b.WriteAll(bindings.WithTenant(f.Ctx, name), "k", []byte(name)); err != nil {
				t.Fatalf("tenant %q: %v", name, err)
			}
		}
		for _, name := range names {
			if got, err := b.ReadAll(bindings.WithTenant(f.Ctx, name), "k"); err != nil || string(got) != name {
				t.Errorf("tenant %q reads %q, %v", name, got, err)
			}
		}
	}},
}
