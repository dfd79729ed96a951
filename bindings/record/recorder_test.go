package record_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/blob"
	"github.com/instrumentgo/instrument/bindings/kv"
	"github.com/instrumentgo/instrument/bindings/provider/mem"
	"github.com/instrumentgo/instrument/bindings/record"
	"github.com/instrumentgo/instrument/bindings/secret"
)

// platform opens the given names in memory, by a provider that is made of memory's.
func platform(t *testing.T, m *mem.Memory, wrap func(*bindings.Provider) *bindings.Provider, names ...string) *bindings.Platform {
	t.Helper()
	env := bindings.Environment{Namespace: "test"}
	for _, name := range names {
		env.Bindings = append(env.Bindings, bindings.Binding{Name: name, URL: "mem:"})
	}
	p, err := bindings.Open(t.Context(), env, wrap(m.Provider()))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// A secret does not get into a recording unless that is asked for, in whatever way it is read;
// neither do times.
func TestRedacted(t *testing.T) {
	for _, keep := range []bool{false, true} {
		var w bytes.Buffer
		rec := record.New(&w)
		if keep {
			rec = record.New(&w, record.KeepSecrets(), record.KeepTimes())
		}
		m := mem.New()
		m.Set(bindings.Space{Namespace: "test", Binding: "key"}, "sk_live")
		env := bindings.Environment{Namespace: "test", Bindings: []bindings.Binding{{Name: "key", URL: "mem:"},
			{Name: "files", URL: "mem:", Options: map[string]bindings.Value{"value": {Secret: "key"}}}}}
		p, err := bindings.Open(t.Context(), env, rec.Wrap(m.Provider()))
		if err != nil {
			t.Fatal(err)
		}
		if s, err := secret.Get(t.Context(), p, "key"); s.Reveal() != "sk_live" || err != nil {
			t.Errorf("the program got %q, %v", s.Reveal(), err)
		}
		files, err := blob.Open(t.Context(), p, "files")
		if err != nil {
			t.Fatal(err)
		}
		written, err := files.WriteAll(t.Context(), "a", nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		got := strings.Count(w.String(), "sk_live")
		if want := map[bool]int{false: 0, true: 2}[keep]; got != want {
			t.Errorf("keep %t: the secret is there %d times, want %d:\n%s", keep, got, want, w.String())
		}
		replay, err := record.Read(&w)
		if err != nil {
			t.Fatal(err)
		}
		again, err := bindings.Open(t.Context(), env, replay.Provider())
		if err != nil {
			t.Fatal(err)
		}
		if files, err = blob.Open(t.Context(), again, "files"); err != nil {
			t.Fatal(err)
		}
		info, err := files.WriteAll(t.Context(), "a", nil)
		if want := map[bool]time.Time{true: written.Modified}[keep]; err != nil || !info.Modified.Equal(want) {
			t.Errorf("keep %t: modified is %v, want %v (%v)", keep, info.Modified, want, err)
		}
		if err := again.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// full is a disk that has room for a few lines.
type full struct{ room int }

func (f *full) Write(p []byte) (int, error) {
	if f.room--; f.room < 0 {
		return 0, errors.New("no space left")
	}
	return len(p), nil
}

// A recording that could not be written does not stop the program, and is an error of its end.
func TestUnwritten(t *testing.T) {
	rec := record.New(&full{3})
	p := platform(t, mem.New(), rec.Wrap, "carts")
	carts := open(t, p, "carts")
	for range 3 {
		if _, err := carts.Set(t.Context(), "a", "x"); err != nil {
			t.Error(err)
		}
	}
	if err := p.Close(t.Context()); err == nil || !strings.Contains(err.Error(), "write recording: no space left") || rec.Err() == nil {
		t.Errorf("close: %v, recorder: %v", err, rec.Err())
	}
}

// slow is a provider whose reads of one key wait.
type slow struct {
	kv.Opener
	wait chan struct{}
}

type slowStore struct {
	kv.Store
	wait chan struct{}
}

func (s slow) OpenKV(ctx context.Context, space bindings.Space) (kv.Store, error) {
	inner, err := s.Opener.OpenKV(ctx, space)
	return slowStore{inner, s.wait}, err
}

func (s slowStore) Get(ctx context.Context, key string) (kv.Record, error) {
	if key == "slow" {
		<-s.wait
	}
	return s.Store.Get(ctx, key)
}

// Lines come in the order in which operations began; one that does not end keeps the others waiting
// for a while only, and is in its place for a replay whenever it ends.
func TestOrder(t *testing.T) {
	for _, others := range []int{5, 1000} {
		synctest.Test(t, func(t *testing.T) {
			var w bytes.Buffer
			wait := make(chan struct{})
			rec := record.New(&w)
			p := platform(t, mem.New(), func(p *bindings.Provider) *bindings.Provider {
				inner := p.Open
				p.Open = func(ctx context.Context, target bindings.Target) (bindings.Conn, error) {
					c, err := inner(ctx, target)
					return slow{c.(kv.Opener), wait}, err
				}
				p.Kinds = []bindings.Kind{bindings.KV}
				return rec.Wrap(p)
			}, "carts")
			carts := open(t, p, "carts")
			go func() { _, _ = carts.Get(context.Background(), "slow") }()
			synctest.Wait()
			for i := range others {
				if _, err := carts.Get(t.Context(), fmt.Sprint(i)); !errors.Is(err, bindings.NotFound) {
					t.Error(err)
				}
			}
			if got, want := strings.Count(w.String(), "\n"), max(2, others-256); got < want || others < 256 && got != want {
				t.Errorf("%d lines are written while one operation does not end, want %d", got, want)
			}
			close(wait)
			if err := p.Close(t.Context()); err != nil {
				t.Error(err)
			}
			replay, err := record.Read(&w)
			if err != nil {
				t.Fatal(err)
			}
			unused := replay.Unused()
			if len(unused) != others+1 || unused[0] != `3: kv get carts {"key":"slow"}` || unused[others] != fmt.Sprintf(`%d: kv get carts {"key":"%d"}`, others+3, others-1) {
				t.Errorf("%d lines, from %q to %q", len(unused), unused[0], unused[len(unused)-1])
			}
		})
	}
}

// Many goroutines record at once, and their questions are answered whatever their order.
func TestConcurrent(t *testing.T) {
	var w bytes.Buffer
	rec := record.New(&w)
	work := func(p *bindings.Platform) {
		carts := open(t, p, "carts")
		var group sync.WaitGroup
		for i := range 20 {
			group.Go(func() {
				key := fmt.Sprint(i)
				if _, err := carts.Set(t.Context(), key, "of "+key); err != nil {
					t.Error(err)
				}
				if v, err := carts.Get(t.Context(), key); v != "of "+key || err != nil {
					t.Errorf("get: %q, %v", v, err)
				}
			})
		}
		group.Wait()
		if err := p.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
	work(platform(t, mem.New(), rec.Wrap, "carts"))
	replay, p := read(t, w.String())
	work(p)
	if replay.Err() != nil || len(replay.Unused()) != 0 {
		t.Errorf("missing %v, unused %q", replay.Err(), replay.Unused())
	}
}

// inOne is a provider that reads, writes or does both for many entries in one go.
type inOne struct {
	kv.Opener
	get, set bool
}

type manyGetter struct{ kv.Store }

func (manyGetter) GetMany(context.Context, []string) ([]kv.Record, error) {
	return []kv.Record{{Key: "a", Value: []byte("in one")}}, nil
}

type manySetter struct{ kv.Store }

func (manySetter) SetMany(context.Context, []kv.Record, kv.Write) error {
	return bindings.Errorf(bindings.ResourceExhausted, "in one")
}

func (o inOne) OpenKV(ctx context.Context, space bindings.Space) (kv.Store, error) {
	inner, err := o.Opener.OpenKV(ctx, space)
	switch {
	case o.get && o.set:
		return struct {
			kv.Store
			kv.ManyGetter
			kv.ManySetter
		}{inner, manyGetter{}, manySetter{}}, err
	case o.get:
		return manyGetter{inner}, err
	case o.set:
		return manySetter{inner}, err
	}
	return inner, err
}

// What a store does in one go is recorded as one, and what it does not is not.
func TestMany(t *testing.T) {
	for _, c := range []inOne{{}, {get: true}, {set: true}, {get: true, set: true}} {
		var w bytes.Buffer
		rec := record.New(&w)
		work := func(p *bindings.Platform) []any {
			carts := open(t, p, "carts")
			errSet := carts.SetMany(t.Context(), []kv.Entry[string, string]{{Key: "a", Value: "x"}})
			got, errGet := carts.GetMany(t.Context(), "a")
			if err := p.Close(t.Context()); err != nil {
				t.Error(err)
			}
			return []any{errSet, got, errGet}
		}
		first := work(platform(t, mem.New(), func(p *bindings.Provider) *bindings.Provider {
			inner := p.Open
			p.Open = func(ctx context.Context, target bindings.Target) (bindings.Conn, error) {
				opened, err := inner(ctx, target)
				return inOne{opened.(kv.Opener), c.get, c.set}, err
			}
			p.Kinds = []bindings.Kind{bindings.KV}
			return rec.Wrap(p)
		}, "carts"))
		for op, want := range map[string]bool{"get many": c.get, "set many": c.set} {
			if got := strings.Contains(w.String(), `"op":"`+op+`"`); got != want {
				t.Errorf("%v: %s is recorded: %t", c, op, got)
			}
		}
		replay, p := read(t, w.String())
		if second := work(p); fmt.Sprint(first...) != fmt.Sprint(second...) {
			t.Errorf("%v: %v on the recording, want %v", c, second, first)
		}
		if replay.Err() != nil || len(replay.Unused()) != 0 {
			t.Errorf("%v: missing %v, unused %q", c, replay.Err(), replay.Unused())
		}
	}
}

// Kinds that cannot be recorded are not there, so that a program which needs one learns so when it
// starts.
func TestKinds(t *testing.T) {
	p := *mem.Provider
	p.Kinds = []bindings.Kind{bindings.SQL, bindings.KV, bindings.Service}
	if got := record.New(io.Discard).Wrap(&p).Kinds; !slices.Equal(got, []bindings.Kind{bindings.KV, bindings.Service}) {
		t.Errorf("kinds: %v", got)
	}
	if len(p.Kinds) != 3 {
		t.Error("the given provider must stay as it is")
	}
}

// An environment that sets options opens with its recording, which has their names and not their
// values, in one order.
func TestOptions(t *testing.T) {
	env := bindings.Environment{Namespace: "test", Bindings: []bindings.Binding{{Name: "a", URL: "mem:?seed=77123&latency=1ns"},
		{Name: "b", URL: "mem:?seed=77123&value=sk_live"}, {Name: "c", URL: "mem:"}}}
	used := func(provider *bindings.Provider) {
		p, err := bindings.Open(t.Context(), env, provider)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
	before := ""
	for range 20 {
		var w bytes.Buffer
		used(record.New(&w).Wrap(mem.Provider))
		got := w.String()
		if strings.Contains(got, "77123") || strings.Contains(got, "sk_live") || strings.Count(got, "\n") != 3 || before != "" && got != before {
			t.Fatalf("the recording is\n%sand was\n%s", got, before)
		}
		replay, err := record.Read(&w)
		if err != nil {
			t.Fatal(err)
		}
		used(replay.Provider())
		before = got
	}
}
