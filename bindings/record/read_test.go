package record_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/kv"
	"github.com/instrumentgo/instrument/bindings/lock"
	"github.com/instrumentgo/instrument/bindings/record"
	"github.com/instrumentgo/instrument/bindings/topic"
)

// read reads a recording, and opens a platform on it.
func read(t *testing.T, recording string, options ...record.ReplayOption) (*record.Replay, *bindings.Platform) {
	t.Helper()
	replay, err := record.Read(strings.NewReader(recording), options...)
	if err != nil {
		t.Fatal(err)
	}
	p, err := bindings.Open(t.Context(), bindings.Environment{Namespace: "test", Bindings: replay.Bindings()}, replay.Provider())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return replay, p
}

func open(t *testing.T, p *bindings.Platform, name string) kv.Of[string, string] {
	t.Helper()
	o, err := kv.Open[string, string](t.Context(), p, name, kv.Codec(bindings.Raw{}))
	if err != nil {
		t.Fatal(err)
	}
	return o
}

const head = `{"seq":1,"provider":{"name":"redis","schemes":["redis","rediss"],"kinds":["kv","topic","lock"],"system":"redis","options":["pool"]}}
{"seq":2,"kind":"kv","binding":"carts","op":"open","result":{"abilities":{"ttl":true,"compare-and-swap":true,"watch":true}}}
`

const twice = head + `{"seq":3,"kind":"kv","binding":"carts","op":"get","args":{"key":"a"},"result":{"key":"a","value":"one","revision":1}}
{"seq":4,"kind":"kv","binding":"carts","op":"set","args":{"key":"a","value":"two"},"result":{"revision":2}}
{"seq":5,"kind":"kv","binding":"carts","op":"get","args":{"key":"a"},"result":{"key":"a","value":"two","revision":2}}
`

func wants(t *testing.T, err error, code bindings.ErrorCode, want string) {
	t.Helper()
	if bindings.Code(err) != code || !strings.Contains(err.Error(), want) {
		t.Errorf("error is %v (%v), want %q (%v)", err, bindings.Code(err), want, code)
	}
}

// The same question is answered in the order of the recording, and then no more; what is missing
// says so, and says what there is.
func TestStrict(t *testing.T) {
	replay, p := read(t, twice)
	carts := open(t, p, "carts")
	if got := replay.Unused(); len(got) != 3 || got[1] != `4: kv set carts {"key":"a","value":"two"}` {
		t.Errorf("unused: %q", got)
	}
	_, err := carts.Get(t.Context(), "b")
	wants(t, err, bindings.FailedPrecondition, `get carts: failed precondition: the recording has no kv get carts {"key":"b"}: `+
		`it has: get {"key":"a"}, get {"key":"a"}, set {"key":"a","value":"two"}`)
	for _, want := range []string{"one", "two"} {
		if v, err := carts.Get(t.Context(), "a"); v != want || err != nil {
			t.Errorf("get: %q, %v, want %q", v, err, want)
		}
	}
	_, err = carts.Get(t.Context(), "a")
	wants(t, err, bindings.FailedPrecondition, `the recording has kv get carts {"key":"a"} 2 times, and it was asked 3 times`)
	if _, err := carts.Set(t.Context(), "a", "two"); err != nil {
		t.Error(err)
	}
	_, err = carts.Set(t.Context(), "c", "x")
	wants(t, err, bindings.FailedPrecondition, `the recording has no kv set carts {"key":"c","value":"x"}: it has nothing else of carts`)
	if got := replay.Unused(); len(got) != 0 {
		t.Errorf("unused: %q", got)
	}
	if err := replay.Err(); strings.Count(fmt.Sprint(err), "\n") != 2 {
		t.Errorf("missing: %v", err)
	}
}

// A loose replay reads again and again, and writes once.
func TestLoose(t *testing.T) {
	replay, p := read(t, twice, record.Loose())
	carts := open(t, p, "carts")
	for _, want := range []string{"one", "two", "two", "two"} {
		if v, err := carts.Get(t.Context(), "a"); v != want || err != nil {
			t.Errorf("get: %q, %v, want %q", v, err, want)
		}
	}
	if err := replay.Err(); err != nil {
		t.Error(err)
	}
	_, err := carts.Set(t.Context(), "a", "two")
	_, again := carts.Set(t.Context(), "a", "two")
	if err != nil || bindings.Code(again) != bindings.FailedPrecondition {
		t.Errorf("set: %v, again: %v", err, again)
	}
}

// What was not declared is refused, as by the real store, and a store that was not opened is none.
func TestDeclared(t *testing.T) {
	replay, p := read(t, twice)
	_, err := kv.Open[string, int](t.Context(), p, "carts", kv.PerTenant())
	if err != nil {
		t.Fatal(err)
	}
	counters, err := kv.Open[string, int](t.Context(), p, "carts")
	if err != nil {
		t.Fatal(err)
	}
	_, err = counters.Increment(t.Context(), "n", 1)
	wants(t, err, bindings.Unimplemented, "does not declare increment")
	_, err = lock.Open(t.Context(), p, "carts")
	wants(t, err, bindings.FailedPrecondition, "the recording has no lock open carts: it has kv open carts")
	if _, err := p.Lookup("carts", bindings.Blob); bindings.Code(err) != bindings.Unimplemented {
		t.Errorf("blob: %v", err)
	}
	if err := replay.Err(); err == nil {
		t.Error("that a store is missing must be told by Err")
	}
}

// The environment that was recorded opens with the recording, its options and all.
func TestSameEnvironment(t *testing.T) {
	replay, err := record.Read(strings.NewReader(twice))
	if err != nil {
		t.Fatal(err)
	}
	p, err := bindings.Open(t.Context(), bindings.Environment{Namespace: "other", Bindings: []bindings.Binding{
		{Name: "carts", URL: "rediss://cache.internal:6379/2?pool=9&ttl=24h"}}}, replay.Provider())
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close(t.Context())
	if v, err := open(t, p, "carts").Get(t.Context(), "a"); v != "one" || err != nil {
		t.Errorf("get: %q, %v", v, err)
	}
}

// A recording that was cut is one up to there, and says so. Whatever else is not understood is
// refused.
func TestCut(t *testing.T) {
	whole, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	for at := 1; at <= len(whole); at += 61 {
		text := string(whole[:at])
		last := text[strings.LastIndex(text, "\n")+1:]
		line := 0 // the one that is cut, 0 for none
		if last != "" && !json.Valid([]byte(last)) {
			line = strings.Count(text, "\n") + 1
		}
		replay, err := record.Read(strings.NewReader(text))
		cut, isCut := errors.AsType[*record.CutError](err)
		if replay == nil || isCut != (line != 0) || isCut && cut.Line != line {
			t.Errorf("cut at %d: %v, want line %d", at, err, line)
		}
	}
	for text, want := range map[string]string{
		"{\n" + head: "line 1: unexpected EOF",
		strings.Replace(twice, `"value":"one"`, `"valeu":"one"`, 1):             `line 3: json: unknown field "valeu"`,
		strings.Replace(twice, `"seq":4`, `"seq":3`, 1):                         "two lines have the seq 3",
		strings.Replace(twice, `"seq":4,`, ``, 1):                               "line 4: it must have a seq of at least 1",
		strings.Replace(twice, `"op":"set",`, ``, 1):                            "line 4: it must have a provider, or a kind and an op",
		strings.Replace(twice, `"value":"one"`, `"value":{"base64":"?"}`, 1):    "line 3: illegal base64",
		strings.Replace(twice, `"value":"one"`, `"value":7`, 1):                 "line 3: bytes must be a text",
		strings.Replace(twice, `"revision":1}`, `"error":{"code":"lost"}}`, 1):  "line 3: json: unknown field",
		strings.Replace(twice, `"revision":1}}`, `},"error":{"code":"lo"}}`, 1): "line 3: invalid character",
	} {
		if replay, err := record.Read(strings.NewReader(text)); replay != nil || err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("read: %v, want %q", err, want)
		}
	}
}

// Lines may be edited: the order of words, and spaces, do not count; neither does the order of
// lines, which the seq says.
func TestEdited(t *testing.T) {
	lines := strings.SplitAfter(twice, "\n")
	slices.Reverse(lines)
	edited := strings.ReplaceAll(strings.Join(lines, ""), `"args":{"key":"a","value":"two"}`, `"args": { "value": "two", "key": "a" }`)
	replay, p := read(t, edited)
	carts := open(t, p, "carts")
	if v, err := carts.Get(t.Context(), "a"); v != "one" || err != nil {
		t.Errorf("get: %q, %v", v, err)
	}
	if _, err := carts.Set(t.Context(), "a", "two"); err != nil {
		t.Error(err)
	}
	if got := replay.Unused(); len(got) != 1 {
		t.Errorf("unused: %q", got)
	}
}

// Events are reported in order, and none before the program has done what it had done by then.
func TestWatchWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		replay, p := read(t, head+`{"seq":3,"kind":"kv","binding":"carts","op":"watch"}
{"seq":4,"kind":"kv","binding":"carts","op":"event","args":{"of":3},"result":{"key":"x","value":"by others","revision":1}}
{"seq":5,"kind":"kv","binding":"carts","op":"set","args":{"key":"a","value":"one"},"result":{"revision":2}}
{"seq":6,"kind":"kv","binding":"carts","op":"event","args":{"of":3},"result":{"key":"a","value":"one","revision":2}}
`)
		carts := open(t, p, "carts")
		changes, err := carts.Watch(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		done := make(chan struct{})
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			defer close(done)
			for c, err := range changes.All(ctx) {
				got = append(got, fmt.Sprint(c.Key, "=", c.Value, err))
			}
		}()
		synctest.Wait()
		if !slices.Equal(got, []string{"x=by others<nil>"}) {
			t.Errorf("before the write: %q", got)
		}
		if _, err := carts.Set(t.Context(), "a", "one"); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if len(got) != 2 || got[1] != "a=one<nil>" {
			t.Errorf("after the write: %q", got)
		}
		cancel()
		<-done
		if len(replay.Unused()) != 0 || replay.Err() != nil {
			t.Errorf("unused %q, missing %v", replay.Unused(), replay.Err())
		}
	})
}

const deliveries = head + `{"seq":3,"kind":"topic","binding":"placed","op":"open","result":{"abilities":{}}}
{"seq":4,"kind":"topic","binding":"placed","op":"subscribe","args":{"group":"g","lease":"30s"}}
{"seq":5,"kind":"topic","binding":"placed","op":"publish","args":{"message":{"data":"1"}}}
{"seq":6,"kind":"topic","binding":"placed","op":"delivery","args":{"of":4},"result":{"message":{"data":"1"},"count":1}}
{"seq":7,"kind":"topic","binding":"placed","op":"retry","args":{"delivery":6,"delay":"1s"}}
{"seq":8,"kind":"topic","binding":"placed","op":"delivery","args":{"of":4},"result":{"message":{"data":"1"},"count":2}}
{"seq":9,"kind":"topic","binding":"placed","op":"ack","args":{"delivery":8}}
`

// subscribe runs a handler on the recorded deliveries, and returns how often it was called before
// and after the publication.
func subscribe(t *testing.T, p *bindings.Platform, verdict func(count int) error) (before, after int) {
	t.Helper()
	placed, err := topic.Open[int](t.Context(), p, "placed")
	if err != nil {
		t.Fatal(err)
	}
	calls, running := 0, 0
	_, err = placed.Subscribe(t.Context(), "g", func(ctx context.Context, _ int) error {
		calls++
		if running++; running > 1 {
			t.Error("the message is delivered again before the first verdict")
		}
		defer func() { running-- }()
		d, _ := topic.DeliveryOf(ctx)
		time.Sleep(time.Minute) // heartbeats, which were not recorded
		return verdict(d.Count)
	}, topic.Concurrency(2))
	if err != nil {
		t.Fatal(err)
	}
	synctest.Wait()
	before = calls
	if err := placed.Publish(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Hour)
	synctest.Wait()
	return before, calls
}

// A message is delivered as often as it was, and not before it is published.
func TestDeliveries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		replay, p := read(t, deliveries)
		before, after := subscribe(t, p, func(count int) error {
			if count == 1 {
				return errors.New("not now")
			}
			return nil
		})
		if before != 0 || after != 2 || replay.Err() != nil || len(replay.Unused()) != 0 {
			t.Errorf("%d calls, then %d; missing %v, unused %q", before, after, replay.Err(), replay.Unused())
		}
	})
}

// A handler whose verdict is another than the recorded one is reported by Err, since nobody sees
// the error of a verdict.
func TestOtherVerdict(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		replay, p := read(t, deliveries)
		_, after := subscribe(t, p, func(int) error { return nil })
		wants(t, replay.Err(), bindings.FailedPrecondition, `the recording has no topic ack placed {"delivery":6}: it has: `+
			`ack {"delivery":8}, retry {"delay":"1s","delivery":6}, delivery {"of":4}`)
		if unused := replay.Unused(); after != 1 || len(unused) != 3 {
			t.Errorf("%d calls, unused %q", after, unused)
		}
	})
}

// A lock that is held for longer than it was is not lost by that.
func TestHeartbeats(t *testing.T) {
	const locked = head + `{"seq":3,"kind":"lock","binding":"jobs","op":"open","result":{"abilities":{}}}
{"seq":4,"kind":"lock","binding":"jobs","op":"acquire","args":{"name":"a","ttl":"15s"},"result":{"token":7}}
{"seq":5,"kind":"lock","binding":"jobs","op":"release","args":{"name":"a","token":7}}
`
	const lost = locked + `{"seq":6,"kind":"lock","binding":"jobs","op":"renew","args":{"name":"a","token":7,"ttl":"15s"}}
{"seq":7,"kind":"lock","binding":"jobs","op":"renew","args":{"name":"a","token":7,"ttl":"15s"},"error":{"code":"failed precondition"}}
`
	for recording, held := range map[string]bool{locked: true, lost: false} {
		synctest.Test(t, func(t *testing.T) {
			replay, p := read(t, recording)
			jobs, err := lock.Open(t.Context(), p, "jobs")
			if err != nil {
				t.Fatal(err)
			}
			lease, err := jobs.Try(t.Context(), "a")
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Hour)
			if lease.Held() != held || lease.Token() != 7 {
				t.Errorf("held: %t, want %t; token %d", lease.Held(), held, lease.Token())
			}
			if err := lease.Unlock(t.Context()); (err == nil) != held {
				t.Errorf("unlock: %v", err)
			}
			if replay.Err() != nil || len(replay.Unused()) != 0 {
				t.Errorf("missing %v, unused %q", replay.Err(), replay.Unused())
			}
		})
	}
}
