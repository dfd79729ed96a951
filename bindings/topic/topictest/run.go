package topictest

import (
	"slices"
	"testing"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/propagation"

	"github.com/instrumentgo/instrument/bindings/provider/providertest"
	"github.com/instrumentgo/instrument/bindings/topic"
)

// Harness says how to test a provider.
type Harness = providertest.Harness

// testCase is one promise. Its name says what does not hold if it fails.
type testCase struct {
	name string
	run  func(t *testing.T, f *fixture)
}

// The bindings of a case.
const (
	messages = "messages"
	others   = "others"    // another binding of the same service
	foreign  = "foreign"   // messages of another service
	tenants  = "tenants"   // scoped to tenants
	cramped  = "cramped"   // scoped to tenants, with a quota
	passing  = "passing"   // with a quota and a short retention
	odd      = "A.counter" // a name that needs escaping
)

// Run runs all cases, each on a platform of its own.
func Run(t *testing.T, h Harness) {
	otel.SetTextMapPropagator(propagation.TraceContext{}) // as programs do
	names := map[string]map[string]string{
		messages: nil,
		others:   nil,
		foreign:  {"namespace": "-foreign"},
		tenants:  {"tenants": "true"},
		odd:      nil,
	}
	providertest.Run(t, h, names, casesOf(slices.Concat(deliveryCases, groupCases, verdictCases, deadCases, redeliverCases, lostCases, orderCases, publishCases,
		leaseCases,
		pauseCases, lifeCases, tenantCases, abilityCases))...)
	providertest.RunQuota(t, h, map[string]map[string]string{
		messages: nil,
		tenants:  {"tenants": "true"},
		cramped:  {"tenants": "true", "quota": providertest.Quota},
		passing:  {"ttl": retention.String(), "quota": providertest.Quota},
	}, casesOf(quotaCases)...)
}

func casesOf(cases []testCase) (all []providertest.Case) {
	for _, c := range cases {
		all = append(all, providertest.Case{Name: c.name, Run: func(t *testing.T, base *providertest.Fixture) {
			f := &fixture{Fixture: base}
			var err error
			if f.abilities, err = f.topic(t, messages).Abilities(f.Ctx); err != nil {
				t.Fatal(err)
			}
			c.run(t, f)
		}})
	}
	return all
}

// fixture is the platform of one case.
type fixture struct {
	*providertest.Fixture
	abilities topic.Abilities
}

func (f *fixture) topic(t *testing.T, name string, options ...topic.Option) topic.Of[string] {
	t.Helper()
	return typed[string](t, f, name, options...)
}

func typed[T any](t *testing.T, f *fixture, name string, options ...topic.Option) topic.Of[T] {
	t.Helper()
	o, err := topic.Open[T](f.Ctx, f.Platform, name, options...)
	if err != nil {
		t.Fatal(err)
	}
	return o
}
