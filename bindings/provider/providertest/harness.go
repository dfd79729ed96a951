package providertest

import (
	"context"
	"crypto/rand"
	"strings"
	"testing"

	"github.com/instrumentgo/instrument/bindings"
)

// Harness says how to test a provider.
type Harness struct {
	Provider *bindings.Provider

	// URL returns the URL of the bindings of one case. Cases may share a server.
	URL func(t *testing.T) string

	// Around runs a case, such as in a bubble of testing/synctest; nil calls it.
	Around func(t *testing.T, run func(*testing.T))

	// Restart kills the server of the case that has the URL and starts it again with the same data;
	// nil if that cannot be done.
	Restart func(t *testing.T, url string)

	// Reopen says that a platform which is closed and opened again at the same URL finds what was
	// written.
	Reopen bool

	// Quota says that the provider has the option quota, for the kinds kv, topic and blob.
	Quota bool

	// Except holds cases that a stand-in for the real server cannot do, with the reason, which is
	// printed.
	Except map[string]string

	// Clean removes what the namespaces with a prefix have left on a server; nil if nothing stays.
	Clean func(t *testing.T, prefix string)

	// Forget removes what a namespace has on the server, as an operator or a restart without data
	// does; nil if nothing can be removed. Only topics have it.
	Forget func(t *testing.T, url, namespace string, what Lost)

	// Policy is what the environment wants done around the operations of every binding: what a
	// provider promises must hold under policies, too.
	Policy []bindings.PolicyAspect

	// Write sets the secret or the configuration of a space, as whoever operates the provider does;
	// "" removes it. It is of no use to the other kinds.
	Write func(t *testing.T, url string, space bindings.Space, value string)

	// Empty sets a secret that is there and has no text.
	Empty func(t *testing.T, url string, space bindings.Space)
}

// Lost is what a server has lost of a namespace.
type Lost string

// What may be lost.
const (
	Groups   Lost = "groups"   // where each group is; messages and what is kept beside the groups stay
	Messages Lost = "messages" // with the groups
	All      Lost = "all"
)

// Case is one promise. Its name says what does not hold if it fails.
type Case struct {
	Name string
	Run  func(t *testing.T, f *Fixture)
}

// Fixture is the platform of one case.
type Fixture struct {
	H         Harness
	URL       string
	Namespace string
	Ctx       context.Context
	Platform  *bindings.Platform
	bindings  []bindings.Binding
}

// Run runs cases, each on a platform of its own with the bindings that names say: for each its
// options, of which "namespace" is a suffix of the case's.
func Run(t *testing.T, h Harness, names map[string]map[string]string, cases ...Case) {
	prefix := "test-" + strings.ToLower(rand.Text()[:8])
	if h.Clean != nil {
		t.Cleanup(func() { h.Clean(t, prefix) })
	}
	for _, c := range cases {
		t.Run(strings.ReplaceAll(c.Name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			if reason := h.Except[c.Name]; reason != "" {
				t.Skipf("SKIPPED: %s", reason)
			}
			run := func(t *testing.T) { c.Run(t, open(t, h, names, prefix+"-"+strings.ToLower(rand.Text()[:8]))) }
			if h.Around == nil {
				run(t)
			} else {
				h.Around(t, run)
			}
		})
	}
}

// Once runs one case in the test itself, on a platform that the test closes.
func Once(t *testing.T, h Harness, names map[string]map[string]string, c Case) {
	c.Run(t, open(t, h, names, "test-"+strings.ToLower(rand.Text()[:8])))
}

func open(t *testing.T, h Harness, names map[string]map[string]string, namespace string) *Fixture {
	t.Helper()
	f := &Fixture{H: h, URL: h.URL(t), Namespace: namespace, Ctx: t.Context()}
	for name, options := range names {
		b := bindings.Binding{Name: name, URL: f.URL, Options: map[string]bindings.Value{}, Policy: h.Policy}
		for option, text := range options {
			if option == "namespace" {
				text = namespace + text
			}
			b.Options[option] = bindings.Value{Text: text}
		}
		f.bindings = append(f.bindings, b)
	}
	f.Reopen(t)
	t.Cleanup(func() {
		if err := f.Platform.Close(context.Background()); err != nil {
			t.Errorf("close platform: %v", err)
		}
	})
	return f
}

// Reopen opens the fixture's platform, for the first time or after it was closed.
func (f *Fixture) Reopen(t *testing.T) {
	t.Helper()
	var err error
	f.Platform, err = bindings.Open(f.Ctx, bindings.Environment{Name: "test", Namespace: f.Namespace, Bindings: f.bindings}, f.H.Provider)
	if err != nil {
		t.Fatal(err)
	}
}

// Code checks the code of an error.
func Code(t *testing.T, what string, err error, want bindings.ErrorCode) {
	t.Helper()
	if got := bindings.Code(err); got != want {
		t.Fatalf("%s: error is %q (%v), want %q", what, got, err, want)
	}
}

// Undeclared reports whether a case is about an ability that the provider does not declare, which
// is logged. That it is refused then is a case of its own.
func Undeclared(t *testing.T, declared bool, ability string) bool {
	t.Helper()
	if !declared {
		t.Logf("not declared: %s", ability)
	}
	return !declared
}
