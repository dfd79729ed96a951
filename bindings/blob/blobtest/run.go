package blobtest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/blob"
	"github.com/instrumentgo/instrument/bindings/provider/providertest"
)

// Harness says how to test a provider.
type Harness = providertest.Harness

// testCase is one promise. Its name says what does not hold if it fails.
type testCase struct {
	name string
	run  func(t *testing.T, f *fixture, b blob.Bucket)
}

// The bindings of a case.
const (
	objects = "objects"
	others  = "others"  // another binding of the same service
	foreign = "foreign" // objects of another service
	tenants = "tenants" // scoped to tenants
	cramped = "cramped" // scoped to tenants, with a quota
)

// Run runs all cases, each on a platform of its own.
func Run(t *testing.T, h Harness) {
	names := map[string]map[string]string{objects: nil, others: nil, foreign: {"namespace": "-foreign"}, tenants: {"tenants": "true"}}
	providertest.Run(t, h, names, casesOf(slices.Concat(objectCases, rangeCases, keyCases, listCases, writeCases, borderCases,
		signedCases))...)
	quotas := map[string]map[string]string{objects: nil, tenants: {"tenants": "true"},
		cramped: {"tenants": "true", "quota": providertest.Quota}}
	providertest.RunQuota(t, h, quotas, casesOf(quotaCases)...)
}

func casesOf(cases []testCase) (all []providertest.Case) {
	for _, c := range cases {
		all = append(all, providertest.Case{Name: c.name, Run: func(t *testing.T, base *providertest.Fixture) {
			f := &fixture{Fixture: base}
			b := f.bucket(t, objects)
			var err error
			if f.abilities, err = b.Abilities(f.Ctx); err != nil {
				t.Fatal(err)
			}
			c.run(t, f, b)
		}})
	}
	return all
}

// fixture is the platform of one case.
type fixture struct {
	*providertest.Fixture
	abilities blob.Abilities
}

func (f *fixture) bucket(t *testing.T, name string, options ...blob.Option) blob.Bucket {
	t.Helper()
	b, err := blob.Open(f.Ctx, f.Platform, name, options...)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// put writes an object that must be written.
func put(t *testing.T, b blob.Bucket, key, content string, options ...blob.PutOption) blob.Info {
	t.Helper()
	info, err := b.WriteAll(t.Context(), key, []byte(content), options...)
	if err != nil {
		t.Fatalf("put %.40q: %v", key, err)
	}
	if info.Key != key || info.Size != int64(len(content)) {
		t.Fatalf("put %.40q returned %+v, want its key and %d bytes", key, info, len(content))
	}
	return info
}

// holds checks the content of an object.
func holds(t *testing.T, b blob.Bucket, key, content string) {
	t.Helper()
	got, err := b.ReadAll(t.Context(), key)
	if err != nil || string(got) != content {
		t.Fatalf("get %.40q is %.40q (%d bytes), %v; want %.40q (%d bytes)", key, got, len(got), err, content, len(content))
	}
}

// nothing checks that there is no object.
func nothing(t *testing.T, b blob.Bucket, key string) {
	t.Helper()
	_, err := b.Get(t.Context(), key)
	providertest.Code(t, "get "+key, err, bindings.NotFound)
}

// pattern returns n bytes that are not the same twice in a row.
func pattern(n int) string {
	var b bytes.Buffer
	for i := 0; b.Len() < n; i++ {
		b.Write([]byte{byte(i), byte(i >> 8), byte(i >> 16), 0xa5})
	}
	return b.String()[:n]
}

// broken is a reader that fails after some bytes.
type broken struct {
	r    io.Reader
	err  error
	stop func() // called before it fails
}

// Read implements [io.Reader].
func (b *broken) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if err == io.EOF {
		if b.stop != nil {
			b.stop()
			return n, nil // the next read finds the context's end
		}
		err = b.err
	}
	return n, err
}

var errBroken = errors.New("the line is cut")

// together calls do n times at once.
func together(n int, do func(i int)) {
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() { do(i) })
	}
	group.Wait()
}

// soon is how far a server's clock may be from ours.
const soon = time.Minute

// near reports whether a time is about now.
func near(at time.Time) bool {
	d := time.Since(at)
	return -soon < d && d < soon
}

// keysOf lists the keys with a prefix, sorted.
func keysOf(ctx context.Context, b blob.Bucket, prefix string) (keys []string, err error) {
	for info, err := range b.All(ctx, prefix) {
		if err != nil {
			return nil, err
		}
		keys = append(keys, info.Key)
	}
	slices.Sort(keys)
	return keys, nil
}
