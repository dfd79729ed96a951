package servicetest

import (
	"crypto/rand"
	"slices"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/propagation"

	"github.com/instrumentgo/instrument/bindings"
)

// Store is where instances are registered.
type Store struct {
	Provider *bindings.Provider
	URL      func(t *testing.T) string         // of one case; cases may share a server
	Clean    func(t *testing.T, prefix string) // removes what the namespaces with a prefix have left; nil if nothing stays
	Restart  func(t *testing.T, url string)    // kills the server of the case that has the URL and starts it again; nil if that cannot be done
	Poll     time.Duration                     // how often clients look where the store does not tell of changes; 0 for the default
}

// mode is how clients get at servers.
type mode int

const (
	inProcess mode = iota
	overHTTP
	byRegistry
)

// testCase is one promise.
type testCase struct {
	name string
	run  func(t *testing.T, f *fixture)
}

// Local runs the cases of services in one process.
func Local(t *testing.T) {
	run(t, inProcess, Store{}, slices.Concat(valueCases, errorCases, contextCases))
}

// HTTP runs the cases of services at known addresses.
func HTTP(t *testing.T) {
	run(t, overHTTP, Store{}, slices.Concat(valueCases, errorCases, contextCases, remoteCases, addressCases))
}

// Registry runs the cases of services that register themselves.
func Registry(t *testing.T, s Store) {
	run(t, byRegistry, s, slices.Concat(valueCases, errorCases, contextCases, remoteCases, addressCases, registryCases))
}

func run(t *testing.T, m mode, s Store, cases []testCase) {
	otel.SetTextMapPropagator(propagation.TraceContext{}) // as programs do
	prefix := "test-" + strings.ToLower(rand.Text()[:8])
	if s.Clean != nil {
		t.Cleanup(func() { s.Clean(t, prefix) })
	}
	for _, c := range cases {
		t.Run(strings.ReplaceAll(c.name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			f := &fixture{mode: m, store: s, namespace: prefix + "-" + strings.ToLower(rand.Text()[:8])}
			if m == byRegistry {
				f.url = s.URL(t)
			}
			c.run(t, f)
		})
	}
}
