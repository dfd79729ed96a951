package runtimehooks

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/instrumentgo/instrument/runtimehooks/internal/process"
)

// Each mistake is refused with what must be written instead, and then nothing is overridden.
func TestOverrideErrors(t *testing.T) {
	site := orderSite()
	plain := &Site{Function: "example.com/shop.Health", Aspects: Aspects{Retry: &Retry{Attempts: 3, Max: time.Second}, Breaker: &Breaker{Failures: 1}}, Stacks: []string{"server"}}
	bare := &Site{Function: "example.com/shop.Bare"}
	known(t, site, plain, bare)
	at := "sites / " + orderFunction + " / "
	health := "sites / example.com/shop.Health / "
	for _, c := range []struct{ sites, names, stacks, want string }{
		{sites: orderFunction + " retry attempts=0", want: at + "retry / attempts: attempts of retry must be at least 1 and at most 100, not 0"},
		{sites: orderFunction + " retry attempts=x", want: at + `retry / attempts: attempts of retry must be a whole number, not "x"`},
		{sites: orderFunction + " retry initial=5", want: at + `retry / initial: initial of retry must be a duration such as 50ms or 2s, not "5"`},
		{sites: orderFunction + " timeout after=0s", want: at + "timeout / after: after of timeout must be more than 0s, not 0s"},
		{sites: orderFunction + " retry spans=call", want: at + `retry / spans: spans of retry must be attempt, not "call"`},
		{sites: orderFunction + " retry jitter=NaN", want: at + `retry / jitter: jitter of retry must be a number, not "NaN"`},
		{sites: orderFunction + " retry enabled=no", want: at + `retry / enabled: enabled of retry must be true or false, not "no"`},
		{sites: orderFunction + " limit rate=100", want: at + `limit / rate: rate of limit must be a number from 1 per time, such as 100/s, 20/m, 5/h or 10/250ms, not "100"`},
		{sites: "example.com/shop.Health breaker window=0, example.com/shop.Health breaker rate=1", want: health + "breaker / window: window of breaker must be at least 1 and at most 100000, not 0"},
		{sites: "example.com/shop.Health breaker window=-1s, example.com/shop.Health breaker rate=1", want: health + "breaker / window: window of breaker must be more than 0s, not -1s"},
		{sites: orderFunction + " authz enabled=false", want: at + "authz / enabled: authz cannot be disabled: what it guards would be open to everybody"},
		{stacks: "server idempotent enabled=false", want: "stacks / server / idempotent / enabled: idempotent cannot be disabled: what must happen once would happen again"},
		{sites: orderFunction + " retry if=IsTransient", want: at + "retry / if: if of retry cannot be overridden: it is part of the woven code (change the directive or rule, and build again)"},
		{names: "payments breaker name=other", want: "names / payments / breaker / name: name of breaker cannot be overridden: sites share state by it (change the directive or rule, and build again)"},
		{stacks: "server trace name=x", want: "stacks / server / trace / name: name of trace cannot be overridden: it is what spans are found by (change the directive or rule, and build again)"},
		{sites: orderFunction + " breaker cooldown=1s", want: at + `breaker / cooldown: cooldown of breaker must be the same for all sites that share the breaker "payments" (write it under names, payments)`},
		{sites: orderFunction + " cache ttl=1s", want: at + "cache: cache must be an aspect that the site was built with (it has limit, authz, timeout, retry, breaker, audit and shed)"},
		{sites: "example.com/shop.Bare audit enabled=false", want: "sites / example.com/shop.Bare / audit: audit must be an aspect that the site was built with (it has none)"},
		{sites: orderFunction + " retry attemps=3", want: at + `retry / attemps: retry has no option "attemps" (did you mean "attempts"?)`},
		{sites: orderFunction + " retyr attempts=3", want: at + `retyr: aspect must be a known one, not "retyr" (did you mean "retry"?)`},
		{sites: orderFunction + " audti enabled=false", want: at + `audti: aspect must be a known one, not "audti" (did you mean "audit"?)`},
		{sites: orderFunction + " audit level=3", want: at + "audit / level: custom advice has no option but enabled, not level"},
		{sites: orderFunction + " audit enabled=x", want: at + `audit / enabled: enabled of audit must be true or false, not "x"`},
		{sites: orderFunction + " attempts=3", want: at + "attempts: what is about all aspects must be enabled, not attempts"},
		{sites: orderFunction + " enabled=off", want: at + `enabled: enabled must be true or false, not "off"`},
		{sites: "example.com/shop.Helth enabled=false", want: `sites / example.com/shop.Helth: site must be a function that is woven, not "example.com/shop.Helth" (did you mean "example.com/shop.Health"?)`},
		{sites: "orders.Service.PlaceOrder enabled=false", want: `sites / orders.Service.PlaceOrder: site must be a function that is woven, not "orders.Service.PlaceOrder" (did you mean "` + orderFunction + `"?)`},
		{sites: "example.com/shop/orders.Service.PlaceOrdr enabled=false", want: `sites / example.com/shop/orders.Service.PlaceOrdr: site must be a function that is woven, not "example.com/shop/orders.Service.PlaceOrdr" (did you mean "` + orderFunction + `"?)`},
		{names: "payment enabled=false", want: `names / payment: name must be that of a limit, breaker or bulkhead, not "payment" (did you mean "payments"?)`},
		{stacks: "other enabled=false", want: `stacks / other: stack must be one that a woven function uses, not "other"`},
		{stacks: "server breaker rate=0.5, server breaker failures=2", want: "stacks / server / breaker / failures: breaker must have rate or failures, not both (remove one)"},
		{stacks: "server retry initial=2s, server retry max=1s", want: "stacks / server / retry / initial: initial of retry must be at most its max of 1s, not 2s: it is the longest pause (change one)"},
		{sites: "example.com/shop.Health retry initial=2s", want: health + "retry / initial: initial of retry must be at most its max of 1s, not 2s: it is the longest pause (change one)"},
		{sites: "example.com/shop.Health retry elapsed=1ms, example.com/shop.Health retry initial=2ms", want: health + "retry / initial: initial of retry must be at most its elapsed of 1ms, not 2ms: no second attempt would start (change one)"},
		{stacks: "server idempotent ttl=1s, server idempotent lease=1m", want: "stacks / server / idempotent / lease: lease of idempotent must be at most its ttl of 1s, not 1m: a claim must not outlive the results (change one)"},
		{sites: "example.com/shop.Health breaker window=5", want: health + "breaker / window: window of breaker must come with rate or slow, which are judged on it (add rate, such as 0.5, or slow, such as 2s)"},
		{sites: "example.com/shop.Health breaker min=5, example.com/shop.Health breaker rate=1", want: health + "breaker / min: min of breaker must come with a window of time: one of calls is judged when it is full (give window a time, such as 30s, or remove min)"},
		{sites: "example.com/shop.Health breaker slowrate=1", want: health + "breaker / slowrate: slowrate of breaker must come with slow, which says what slow is (add slow, such as 2s)"},
	} {
		err := Policies().Override(Overrides{Sites: entries(c.sites), Names: entries(c.names), Stacks: entries(c.stacks)})
		if err == nil || err.Error() != "override policies: "+c.want {
			t.Errorf("%+v:\nerror is %v\nwant     %s", c, err, c.want)
		}
		if overrides.Load() != nil {
			t.Fatal("something is in effect")
		}
	}
}

// All mistakes of one application are reported, sorted, and one among good entries keeps all from
// taking effect.
func TestOverrideErrorsAreAll(t *testing.T) {
	known(t, orderSite())
	good := Overrides{Stacks: entries("server retry attempts=4")}
	if err := Policies().Override(good); err != nil {
		t.Fatal(err)
	}
	before := overrides.Load()
	err := Policies().Override(Overrides{
		Stacks: entries("server retry attempts=7, server retry factor=0"), Names: entries("nobody breaker probes=0"), Sites: entries("* retry jitter=2"),
	})
	errs, ok := errors.AsType[OverrideErrors](err)
	var paths []string
	for _, e := range errs {
		paths = append(paths, strings.Join(e.Path, " / "))
	}
	want := "names / nobody\nnames / nobody / breaker / probes\nsites / * / retry / jitter\nstacks / server / retry / factor"
	if !ok || strings.Join(paths, "\n") != want || !errs[1].Value || errs[0].Value {
		t.Errorf("errors are %v", err)
	}
	if one, ok := errors.AsType[*OverrideError](err); !ok || one != errs[0] {
		t.Error("errors.As must find each error")
	}
	if overrides.Load() != before {
		t.Error("a wrong override changed something")
	}
}

// Under stacks, names and "*", what some sites lack is meant for the others.
func TestOverrideIgnoresWhatSitesLack(t *testing.T) {
	site := orderSite()
	known(t, site)
	err := Policies().Override(Overrides{Stacks: entries("server cache ttl=1s"), Names: entries("payments bulkhead max=3"), Sites: entries("* hedge delay=1s")})
	if err != nil {
		t.Fatal(err)
	}
	if set := site.effective(overrides.Load()); set.Cache != nil || set.Bulkhead != nil || set.Hedge != nil {
		t.Error("an override gave a site an aspect")
	}
}

// The file is read before package main has registered its sites. Then it is too early to call a
// site unknown, but what is known is overridden, and what registers later too.
func TestOverrideBeforeRegistration(t *testing.T) {
	early, late := orderSite(), &Site{Function: "main.run", Stacks: []string{"batch"}, Aspects: Aspects{Retry: &Retry{Attempts: 3}, Around: []Advice{{Name: "lock"}}}}
	known(t, early)
	process.SetInitializing(true)
	defer process.SetInitializing(false)
	o := Overrides{Sites: entries("main.run retry attempts=5, main.run lock enabled=false"), Stacks: entries("batch retry factor=3")}
	if err := Policies().Layer("page", o); err == nil {
		t.Error("only the file is read so early")
	}
	if err := Policies().Layer(process.FileLayer, o); err != nil {
		t.Fatal(err)
	}
	Register(late)
	if set := late.effective(overrides.Load()); set.Retry.Attempts != 5 || set.Retry.Factor != 3 || len(set.Around) != 0 {
		t.Errorf("retry is %+v, advice %v: want it overridden", set.Retry, set.Around)
	}
	if err := Policies().Layer(process.FileLayer, Overrides{Sites: entries("main.run retry attempts=0")}); err == nil {
		t.Error("what is wrong whatever the sites must be reported at once")
	}
	process.SetInitializing(false)
	if err := Policies().Layer(process.FileLayer, Overrides{Sites: entries("main.walk retry attempts=2")}); err == nil {
		t.Error("later an unknown site must be reported")
	}
}

// elsewhere is a log handler that calls a woven function here, and waits for another goroutine that
// does.
type elsewhere struct{ slog.Handler }

func (h elsewhere) Handle(ctx context.Context, r slog.Record) error {
	woven := func() { attempts(ctx, &Site{Function: "a.Tenant", Aspects: Aspects{Retry: &Retry{Attempts: 1}}}, busy) }
	woven()
	done := make(chan struct{})
	go func() { defer close(done); woven() }()
	<-done
	return h.Handler.Handle(ctx, r)
}

// A policy file that nothing reads is worth a word, once.
func TestWarnWithoutLive(t *testing.T) {
	if os.Getenv("WANT") == "" {
		rerun(t, "WANT=warning", PolicyEnv+"=policy.yaml")
		rerun(t, "WANT=silence", PolicyEnv+"=")
		rerun(t, "WANT=live", PolicyEnv+"=policy.yaml")
		rerun(t, "WANT=warning", PolicyEnv+"=policy.yaml", "HANDLER=woven")
		return
	}
	out := logTo(t)
	if os.Getenv("HANDLER") == "woven" {
		slog.SetDefault(slog.New(elsewhere{slog.Default().Handler()}))
	}
	if os.Getenv("WANT") == "live" {
		process.SetLive()
	}
	for range 2 {
		attempts(t.Context(), &Site{Function: "a.F", Aspects: Aspects{Retry: &Retry{Attempts: 1}}}, busy)
	}
	if got, want := strings.Count(out.String(), "runtimehooks/live"), map[string]int{"warning": 1}[os.Getenv("WANT")]; got != want {
		t.Errorf("%d warnings, want %d: %s", got, want, out)
	}
}
