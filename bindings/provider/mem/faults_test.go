package mem_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/kv"
	"github.com/instrumentgo/instrument/bindings/provider/mem"
)

// open opens a store at a URL.
func open(t *testing.T, provider *bindings.Provider, url string) kv.Of[string, string] {
	t.Helper()
	p, err := bindings.Open(t.Context(), bindings.Environment{Namespace: "orders", Bindings: []bindings.Binding{{Name: "carts", URL: url}}}, provider)
	if err != nil {
		t.Fatal(err)
	}
	carts, err := kv.Open[string, string](t.Context(), p, "carts")
	if err != nil {
		t.Fatal(err)
	}
	return carts
}

// outcomes tells of 200 sets which failed, and which of those have written all the same.
func outcomes(t *testing.T, url string) (text string, failed, lost int) {
	m := mem.New()
	carts, sure := open(t, m.Provider(), url), open(t, m.Provider(), "mem:")
	for i := range 200 {
		key := fmt.Sprint(i)
		_, err := carts.Set(t.Context(), key, "v")
		_, readErr := sure.Get(t.Context(), key)
		switch {
		case err == nil && readErr != nil:
			t.Fatal("what was set without an error must be there")
		case err == nil:
			text += "."
		case !bindings.Retryable(err):
			t.Fatalf("set: %v, want an error worth a retry", err)
		case readErr == nil:
			text, lost = text+"l", lost+1
		default:
			text, failed = text+"f", failed+1
		}
	}
	return text, failed, lost
}

// A failure that a test has found is there again with the same seed, and another seed has others.
func TestFaultsAreTheSameForASeed(t *testing.T) {
	first, failed, lost := outcomes(t, "mem:?seed=1&errors=0.2&lost=0.1")
	if again, _, _ := outcomes(t, "mem:?seed=1&errors=0.2&lost=0.1"); again != first {
		t.Errorf("two runs with one seed differ:\n%s\n%s", first, again)
	}
	if other, _, _ := outcomes(t, "mem:?seed=2&errors=0.2&lost=0.1"); other == first {
		t.Error("two seeds must not give the same faults")
	}
	if failed < 20 || failed > 60 || lost < 5 || lost > 40 {
		t.Errorf("%d failed and %d lost their answer of 200, want about 40 and 16", failed, lost)
	}
	without, _, _ := outcomes(t, "mem:?seed=1&errors=0.2")
	if strings.ReplaceAll(first, "l", ".") != without {
		t.Errorf("one kind of fault must not change when the other happens:\n%s\n%s", first, without)
	}
}

func TestLatency(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		carts := open(t, mem.Provider, "mem:?latency=1s")
		start := time.Now()
		for range 10 {
			if _, err := carts.Set(t.Context(), "k", "v"); err != nil {
				t.Fatal(err)
			}
		}
		if d := time.Since(start); d < time.Second || d > 10*time.Second {
			t.Errorf("10 operations took %v", d)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Microsecond)
		defer cancel()
		_, err := carts.Get(ctx, "k")
		if bindings.Code(err) != bindings.DeadlineExceeded {
			t.Errorf("get is %v, want that the deadline came first", err)
		}
	})
}

// A consumer must bear that a change is reported twice.
func TestDuplicates(t *testing.T) {
	carts := open(t, mem.Provider, "mem:?duplicates=1")
	w, err := carts.Watch(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer w.Stop()
	if _, err := carts.Set(t.Context(), "k", "v"); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if c, err := w.Next(t.Context()); err != nil || c.Value != "v" {
			t.Fatalf("change is %v, %v", c, err)
		}
	}
}

// A mistake in an environment file is reported when the platform is opened.
func TestBadOptions(t *testing.T) {
	for url, want := range map[string]string{
		"mem:?errors=2":     "parse option errors: 2 must be from 0 to 1",
		"mem:?errors=often": `parse option errors: "often" must be a number`,
		"mem:?latency=5":    `parse option latency: "5" must be a duration such as 1.5s`,
		"mem:?sed=5":        `mem has no option "sed" (did you mean "seed"?)`,
	} {
		_, err := bindings.Open(t.Context(), bindings.Environment{Namespace: "orders", Bindings: []bindings.Binding{{Name: "carts", URL: url}}}, mem.Provider)
		if err == nil || err.Error() != "open carts: "+want {
			t.Errorf("%s: %v, want %q", url, err, want)
		}
	}
}
