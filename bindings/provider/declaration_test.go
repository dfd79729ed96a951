package provider_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/provider"
)

// The lists are in the order that their documentation says, a scheme belongs to one provider, and a
// condition is about schemes of its provider.
func TestEntries(t *testing.T) {
	owner := map[string]string{}
	sorted := func(what string, names []string) {
		t.Helper()
		if !slices.IsSorted(names) || len(slices.Compact(slices.Clone(names))) != len(names) {
			t.Errorf("%s must be sorted and each once: %q", what, names)
		}
	}
	var names []string
	for _, p := range provider.All() {
		names = append(names, p.Name)
		for _, scheme := range p.Schemes {
			if owner[scheme] != "" {
				t.Errorf("%s and %s both take %s", owner[scheme], p.Name, scheme)
			}
			owner[scheme] = p.Name
		}
		var kinds []string
		for _, k := range p.Kinds {
			kinds = append(kinds, string(k.Kind))
			var abilities []string
			for _, a := range k.Abilities {
				abilities = append(abilities, a.Name)
				checkSchemes(t, p, a.Needs)
			}
			sorted(p.Name+" "+string(k.Kind), abilities)
			checkSchemes(t, p, k.Needs)
		}
		sorted(p.Name, kinds)
	}
	sorted("providers", names)
}

func checkSchemes(t *testing.T, p provider.Declaration, c provider.Condition) {
	t.Helper()
	for _, scheme := range c.Schemes {
		if !slices.Contains(p.Schemes, scheme) {
			t.Errorf("%s: a condition is about %s, which it does not take", p.Name, scheme)
		}
	}
}

// The error names the provider that was not passed, for every scheme that there is.
func TestForgottenProvider(t *testing.T) {
	for _, p := range provider.All() {
		for _, scheme := range p.Schemes {
			err := bindings.Check(bindings.Environment{Namespace: "test", Bindings: []bindings.Binding{{Name: "x", URL: scheme + ":"}}})
			if err == nil || !strings.Contains(err.Error(), "import "+p.Package+" and pass ") {
				t.Errorf("%s: %v", scheme, err)
			}
		}
	}
}

func TestLookups(t *testing.T) {
	p, ok := provider.All().ByScheme("tls+nats")
	if !ok || p.Name != "nats" {
		t.Errorf("tls+nats is of %q", p.Name)
	}
	if _, ok := provider.All().ByScheme("s3"); ok {
		t.Error("s3 must be unknown")
	}
	if got := provider.All().Of(bindings.Lock, ""); !slices.Contains(got, "redis") || slices.Contains(got, "file") {
		t.Errorf("providers of locks are %q", got)
	}
	if got := provider.All().Of(bindings.KV, "watch"); slices.Contains(got, "redis") || !slices.Contains(got, "nats") {
		t.Errorf("providers of watches are %q", got)
	}
	kv, _ := p.Kind(bindings.KV)
	ttl, _ := kv.Ability("ttl")
	if ttl.Needs.For("nats") == "" || ttl.Needs.For("nats+embedded") != "" {
		t.Errorf("ttl of nats needs %q, embedded %q", ttl.Needs.For("nats"), ttl.Needs.For("nats+embedded"))
	}
}
