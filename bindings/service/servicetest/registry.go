package servicetest

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/service"
	"github.com/instrumentgo/instrument/bindings/service/internal/payments"
)

var registryCases = []testCase{
	{"without an instance the error says what is missing where", func(t *testing.T, f *fixture) {
		err := f.client(t).Ping(t.Context())
		code(t, "ping", err, bindings.Unavailable)
		for _, part := range []string{registered, "registry", f.namespace, "call Ping of pay"} {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("error must name %s: %v", part, err)
			}
		}
		if h := f.caller.Health(t.Context())[0]; h.Binding != "pay" || bindings.Code(h.Err) != bindings.Unavailable {
			t.Errorf("health is %+v", h)
		}
	}},
	{"an instance that comes right after a client looked is found by the first call", func(t *testing.T, f *fixture) {
		pay := f.client(t)
		f.serve(t, &fake{})
		code(t, "ping", pay.Ping(t.Context()), bindings.OK)
	}},
	{"an instance that comes later gets calls, and one that leaves gets no more", func(t *testing.T, f *fixture) {
		a, b := &fake{}, &fake{}
		first := f.serve(t, a)
		pay := f.client(t)
		code(t, "ping", pay.Ping(t.Context()), bindings.OK)
		f.serve(t, b)
		eventually(t, "the second instance must be found", func() bool {
			code(t, "ping", pay.Ping(t.Context()), bindings.OK)
			return b.calls.Load() > 0
		})
		first.stop(t)
		for range 10 {
			code(t, "ping", pay.Ping(t.Context()), bindings.OK)
		}
	}},
	{"an instance without a heartbeat disappears", func(t *testing.T, f *fixture) {
		dead := &fake{}
		server := f.mortal(t, dead)
		f.enter(t, registered, strings.TrimPrefix(server.URL, "http://"), lease) // the last heartbeat
		pay := f.client(t)
		code(t, "ping", pay.Ping(t.Context()), bindings.OK)
		eventually(t, "the instance must be gone", func() bool {
			err := pay.Ping(t.Context())
			return err != nil && strings.Contains(err.Error(), "no instance of "+registered)
		})
	}},
	{"a heartbeat keeps an instance", func(t *testing.T, f *fixture) {
		p := f.open(t)
		if err := service.Register(t.Context(), p, "registry", registered, "127.0.0.1:1", service.LeaseOf(lease),
			service.InstanceID("A/1")); err != nil {
			t.Fatal(err)
		}
		entries := f.entries(t)
		if _, err := entries.Get(t.Context(), registered+"/_41_2f1"); bindings.Code(err) != bindings.NotFound {
			t.Errorf("before the platform starts: %v", err)
		}
		if err := p.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		for end := time.Now().Add(3 * lease); time.Now().Before(end); time.Sleep(lease / 10) {
			if e, err := entries.Get(t.Context(), registered+"/_41_2f1"); err != nil || e.Address != "http://127.0.0.1:1" {
				t.Fatalf("the entry is %v, %v", e, err)
			}
		}
		closePlatform(t, p)
		if _, err := entries.Get(t.Context(), registered+"/_41_2f1"); bindings.Code(err) != bindings.NotFound {
			t.Errorf("after the platform closed: %v", err)
		}
	}},
	{"a closing instance leaves the registry before it stops listening", func(t *testing.T, f *fixture) {
		began, finish := make(chan bool, 1), make(chan bool)
		server := f.serve(t, pinging(func(context.Context) error { began <- true; <-finish; return nil }))
		entries := f.entries(t)
		count := func() (n int) {
			for _, err := range entries.Keys(t.Context(), registered+"/") {
				if err != nil {
					t.Fatal(err)
				}
				n++
			}
			return n
		}
		if n := count(); n != 1 {
			t.Errorf("%d instances are registered", n)
		}
		pay := f.client(t)
		result, closed := make(chan error, 1), make(chan error, 1)
		go func() { result <- pay.Ping(t.Context()) }()
		soon(t, "the method must begin", began)
		go func() { closed <- server.platform.Close(context.Background()) }()
		eventually(t, "the entry must be gone while a request is under way", func() bool { return count() == 0 })
		close(finish)
		if err := soon(t, "the call must end", result); err != nil {
			t.Error(err)
		}
		if err := soon(t, "the platform must close", closed); err != nil {
			t.Error(err)
		}
	}},
	{"services of other names are others", func(t *testing.T, f *fixture) {
		other, own := &fake{}, &fake{}
		server := f.mortal(t, other)
		for _, name := range []string{registered + "2", "pay", registered + "_2fx"} {
			f.enter(t, name, strings.TrimPrefix(server.URL, "http://"), patience)
		}
		f.mortal(t, own)
		// mortal entered the first server as well.
		if err := f.entries(t).Delete(t.Context(),
			registered+"/"+strings.ReplaceAll(strings.TrimPrefix(server.URL, "http://"), ":", "-")); err != nil {
			t.Fatal(err)
		}
		pay := f.client(t)
		for range 10 {
			code(t, "ping", pay.Ping(t.Context()), bindings.OK)
		}
		if other.calls.Load() != 0 || own.calls.Load() != 10 {
			t.Errorf("the other service has %d calls of 10", other.calls.Load())
		}
	}},
	{"two bindings of one service share what is found", func(t *testing.T, f *fixture) {
		f.serve(t, &fake{})
		url := "registry://registry/" + registered + "?token=" + token
		p := f.open(t, bindings.Binding{Name: "a", URL: url}, bindings.Binding{Name: "b", URL: url})
		for _, name := range []string{"a", "b"} {
			pay, err := payments.OpenService(t.Context(), p, name)
			if err != nil {
				t.Fatal(err)
			}
			code(t, name, pay.Ping(t.Context()), bindings.OK)
		}
	}},
	{"the store may be away for a while", func(t *testing.T, f *fixture) {
		if f.store.Restart == nil {
			t.Skip("SKIPPED: the server of the store cannot be restarted here")
		}
		f.serve(t, &fake{})
		pay := f.client(t)
		code(t, "before", pay.Ping(t.Context()), bindings.OK)
		f.store.Restart(t, f.url)
		for range 10 {
			code(t, "after", pay.Ping(t.Context()), bindings.OK)
		}
		late := &fake{}
		f.serve(t, late)
		eventually(t, "an instance that comes later must be found", func() bool {
			return pay.Ping(t.Context()) == nil && late.calls.Load() > 0
		})
	}},
	{"an address that no client reaches is refused", func(t *testing.T, f *fixture) {
		p := f.open(t)
		for _, address := range []string{"", ":8080", "0.0.0.0:8080", "[::]:8080", "ftp://host", "http://host?x=1"} {
			err := service.Register(t.Context(), p, "registry", registered, address)
			code(t, address, err, bindings.FailedPrecondition)
		}
		code(t, "another binding", service.Register(t.Context(), p, "registrar", registered, "host:1"), bindings.NotFound)
		err := service.Register(t.Context(), p, "registry", registered, "host:1", service.LeaseOf(time.Millisecond))
		code(t, "a short lease", err, bindings.FailedPrecondition)
	}},
}
