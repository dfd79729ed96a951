package service_test

import (
	"context"
	"strings"
	"testing"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/service"
	"github.com/instrumentgo/instrument/bindings/service/internal/payments"
)

// pay is a service that a test gives instead of the real one.
type pay struct{ payments.Service }

func (pay) Ping(context.Context) error { return nil }

// It does not matter what is made first, the service or those that use it; but that somebody
// provides it.
func TestProvide(t *testing.T) {
	p := platform(t, bindings.Binding{Name: "pay", URL: "local:"})
	client, err := payments.OpenService(t.Context(), p, "pay")
	if err != nil {
		t.Fatal(err)
	}
	for what, err := range map[string]error{"ping": client.Ping(t.Context()), "start": p.Start(t.Context())} {
		if bindings.Code(err) != bindings.FailedPrecondition || !strings.Contains(err.Error(), `call payments.ProvideService(platform, "pay", …)`) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := payments.ProvideService(p, "pay", pay{}); err != nil {
		t.Fatal(err)
	}
	if err := client.Ping(t.Context()); err != nil {
		t.Errorf("ping: %v", err)
	}
	if err := p.Start(t.Context()); err != nil {
		t.Errorf("start: %v", err)
	}
}

// What is provided must be of use.
func TestProvideRefuses(t *testing.T) {
	p := platform(t, bindings.Binding{Name: "pay", URL: "local:"}, bindings.Binding{Name: "far", URL: "http://127.0.0.1:1"})
	for _, c := range []struct {
		what string
		err  error
		code bindings.ErrorCode
	}{
		{"nil", payments.ProvideService(p, "pay", nil), bindings.FailedPrecondition},
		{"nil pointer", payments.ProvideService(p, "pay", (*pay)(nil)), bindings.FailedPrecondition},
		{"a name that no binding has", payments.ProvideService(p, "pey", pay{}), bindings.NotFound},
		{"one of another type", service.Provide(p, "pay", "text"), bindings.OK},
		{"twice", payments.ProvideService(p, "pay", pay{}), bindings.AlreadyExists},
		{"one that is elsewhere in this environment", payments.ProvideService(p, "far", pay{}), bindings.OK},
	} {
		if bindings.Code(c.err) != c.code {
			t.Errorf("%s: %v, want %v", c.what, c.err, c.code)
		}
	}
	client, err := payments.OpenService(t.Context(), p, "pay")
	if err != nil {
		t.Fatal(err)
	}
	err = client.Ping(t.Context())
	if bindings.Code(err) != bindings.FailedPrecondition || !strings.Contains(err.Error(), "as a payments.Service, not as a string") {
		t.Errorf("ping: %v", err)
	}
	began := false
	if err := p.OnStart(t.Context(), "work", func(context.Context) error { began = true; return nil }); err != nil {
		t.Fatal(err)
	}
	if err := p.Start(t.Context()); err == nil || began {
		t.Errorf("the platform must not start: %v, work began: %t", err, began)
	}
}

// What is wrong with an environment's entry is reported when it is opened.
func TestOpenRefuses(t *testing.T) {
	for url, want := range map[string]string{
		"local:pay":                  "the url must have no path: write it as local:",
		"local://host":               "the url must have no host, which it has after //: write it as local:",
		"local:?token=x":             "option token must not be set with a local: URL",
		"http://":                    "the url must have a host: write it as http://payments.internal:8080",
		"http://user:pass@host":      "the url must have neither user nor password",
		"http://host?also=b%2Fc%3Fd": "parse option also: it must be hosts",
		"http://host?also=b:1,":      "parse option also: it must be hosts",
		"http://host?token=":         "it must not be empty",
		"http://host?body=0":         "it must be positive",
		"http://host?poll=1s":        "option poll must not be set with a http: URL",
		"registry:///service":        "the url must have a host: write it as registry://registry/payments",
		"registry://pay/service":     "it uses pay: service does not provide kv",
		"registry://nothing/service": "it uses nothing: the environment has no such binding",
		"http://host?bodi=1":         `did you mean "body"?`,
	} {
		env := bindings.Environment{Namespace: "test", Bindings: []bindings.Binding{{Name: "pay", URL: url}}}
		_, err := bindings.Open(t.Context(), env, service.Provider)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("open %s: %v, want %s", url, err, want)
		}
	}
}
