package kvtest

import (
	"slices"
	"testing"
	"time"

	"github.com/instrumentgo/instrument/bindings/kv"
	"github.com/instrumentgo/instrument/bindings/provider/providertest"
)

// Harness says how to test a provider.
type Harness = providertest.Harness

// testCase is one promise. Its name says what does not hold if it fails.
type testCase struct {
	name string
	run  func(t *testing.T, f *fixture)
}

// Run runs all cases, each on a platform of its own.
func Run(t *testing.T, h Harness) {
	unit := time.Second
	if h.Around != nil {
		unit = time.Hour // of a fake clock
	}
	names := map[string]map[string]string{
		entries: nil,
		others:  nil,
		foreign: {"namespace": "-foreign"},
		tenants: {"tenants": "true"},
		fading:  {"ttl": unit.String()},
		counter: nil,
	}
	providertest.Run(t, h, names, casesOf(unit, slices.Concat(valueCases, keyCases, revisionCases, ttlCases, numberCases, listCases,
		manyCases, watchCases, tenantCases, abilityCases, lifeCases))...)
	quotas := map[string]map[string]string{entries: nil, tenants: {"tenants": "true"},
		cramped: {"tenants": "true", "quota": providertest.Quota}}
	providertest.RunQuota(t, h, quotas, casesOf(unit, quotaCases)...)
}

func casesOf(unit time.Duration, cases []testCase) (all []providertest.Case) {
	for _, c := range cases {
		all = append(all, providertest.Case{Name: c.name, Run: func(t *testing.T, f *providertest.Fixture) {
			c.run(t, newFixture(t, f, unit))
		}})
	}
	return all
}

// fixture is the platform of one case.
type fixture struct {
	*providertest.Fixture
	abilities kv.Abilities
	ttl       time.Duration
}

// The bindings of a case.
const (
	entries = "entries"
	others  = "others"    // another binding of the same service
	foreign = "foreign"   // entries of another service
	tenants = "tenants"   // scoped to tenants
	cramped = "cramped"   // scoped to tenants, with a quota
	fading  = "fading"    // with a ttl, if the provider has that
	counter = "A.counter" // a name that needs escaping
)

func newFixture(t *testing.T, base *providertest.Fixture, unit time.Duration) *fixture {
	t.Helper()
	f := &fixture{Fixture: base, ttl: unit}
	var err error
	if f.abilities, err = f.store(t, entries).Abilities(f.Ctx); err != nil {
		t.Fatal(err)
	}
	return f
}

// unit is a time to live for tests: long enough to do something in, and a multiple of every
// granularity.
func (f *fixture) unit() time.Duration { return f.ttl }

func (f *fixture) store(t *testing.T, name string, options ...kv.Option) kv.Of[string, string] {
	t.Helper()
	return typed[string, string](t, f, name, options...)
}

func typed[K, V any](t *testing.T, f *fixture, name string, options ...kv.Option) kv.Of[K, V] {
	t.Helper()
	s, err := kv.Open[K, V](f.Ctx, f.Platform, name, options...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
