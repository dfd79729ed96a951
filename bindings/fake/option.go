package fake

import (
	"encoding"
	"encoding/json"
	"net/url"
	"reflect"
	"testing"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/provider/mem"
)

// Option is an option of [Platform].
type Option func(t testing.TB, s *settings)

// Secret sets what a secret is at first.
func Secret(name, text string) Option {
	return func(_ testing.TB, s *settings) { s.document(name, text) }
}

// Config sets what a configuration is at first. A text and []byte are the document as they are; any
// other value is written as the type that reads it will parse it: a duration as "1.5s", what has
// MarshalText as that says, the rest as JSON.
func Config(name string, value any) Option {
	return func(t testing.TB, s *settings) {
		t.Helper()
		text, err := encode(value)
		if err != nil {
			t.Fatalf("fake platform: encode config %s: %v", name, err)
		}
		s.document(name, text)
	}
}

func encode(value any) (string, error) {
	switch v := value.(type) {
	case string:
		return v, nil
	case []byte:
		return string(v), nil
	case time.Duration:
		return v.String(), nil
	case nil:
		return "null", nil
	}
	v := reflect.New(reflect.TypeOf(value)) // a pointer has the methods of both
	v.Elem().Set(reflect.ValueOf(value))
	if m, ok := v.Interface().(encoding.TextMarshaler); ok {
		text, err := m.MarshalText()
		return string(text), err
	}
	if v.Elem().Kind() == reflect.String {
		return v.Elem().String(), nil
	}
	data, err := json.Marshal(value)
	return string(data), err
}

// document sets the secret or the configuration of a name: for all tenants, unless [Tenant] says
// for which.
func (s *settings) document(name, text string) {
	if s.tenant == "" {
		s.entry(name).value = &text
		return
	}
	s.entry(name).tenants = true
	s.memory.Set(bindings.Space{Namespace: namespace, Binding: name, Tenant: s.tenant}, text)
}

// Faults lets operations on a name go wrong, as the options of mem say: "errors=0.2&seed=7".
// Package mem lists them.
func Faults(name, options string) Option {
	return func(t testing.TB, s *settings) {
		t.Helper()
		if _, err := url.ParseQuery(options); err != nil || options == "" {
			t.Fatalf("fake platform: the faults of %s must be as in %q, not %q", name, "errors=0.2&seed=7", options)
		}
		s.entry(name).faults = options
	}
}

// Tenants keeps the data of each tenant apart, and refuses operations without a tenant.
func Tenants(names ...string) Option {
	return func(_ testing.TB, s *settings) {
		for _, name := range names {
			s.entry(name).tenants = true
		}
	}
}

// Tenant makes what options fill the data of one tenant: [KV], [Blob], [Secret] and [Config]. Their
// names are those of bindings that keep tenants apart.
func Tenant(tenant string, options ...Option) Option {
	return func(t testing.TB, s *settings) {
		t.Helper()
		before := s.tenant
		s.tenant = tenant
		for _, o := range options {
			o(t, s)
		}
		s.tenant = before
	}
}

// URL leads a name to a provider instead of memory. The provider may be given once for several
// names.
func URL(name, url string, providers ...*bindings.Provider) Option {
	return func(_ testing.TB, s *settings) {
		s.entry(name).url = url
		s.given = append(s.given, providers...)
	}
}

// Memory holds the data in m, which outlives the platform: for tests of what happens after a
// restart. Options that follow fill it.
func Memory(m *mem.Memory) Option { return func(_ testing.TB, s *settings) { s.memory = m } }

// Unstarted leaves it to the test to start the platform, and so subscriptions: by
// [bindings.Platform.Start] or [bindings.Run].
func Unstarted() Option { return func(_ testing.TB, s *settings) { s.unstarted = true } }
