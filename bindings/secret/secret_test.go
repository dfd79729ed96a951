package secret_test

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"strings"
	"testing"
	"text/template"

	"github.com/google/go-cmp/cmp"

	"github.com/instrumentgo/instrument/bindings/secret"
)

const text = "hunter2"

// holder has a secret everywhere that a printer may look.
type holder struct {
	Public  secret.Secret
	private secret.Secret
	pointer *secret.Secret
	list    []secret.Secret
	byName  map[string]secret.Secret
	any     any
}

// wrapped has a secret in a field that is encoded.
type wrapped struct{ Key secret.Secret }

// A secret must not be seen by any of the ways in which values get into logs.
func TestSecretIsNotPrinted(t *testing.T) {
	s := secret.New(text, "v1")
	h := holder{s, s, &s, []secret.Secret{s}, map[string]secret.Secret{"k": s}, s}
	var printed strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%o", "%b", "%t", "%e", "%g", "%c", "%U", "%T", "%10v", "%-10.3s", "%w", "%z"} {
		for _, value := range []any{s, &s, h, &h, h.list, h.byName, []any{s}, struct{ s secret.Secret }{s}} {
			fmt.Fprintf(&printed, verb, value)
		}
	}
	fmt.Fprint(&printed, s, h, errors.New(s.String()), s.GoString())
	log.New(&printed, "", 0).Println(s, h, &h)
	for _, handler := range []slog.Handler{slog.NewTextHandler(&printed, nil), slog.NewJSONHandler(&printed, nil)} {
		logger := slog.New(handler).With("with", s)
		logger.Info("message", "secret", s, "pointer", &s, "holder", h, slog.Group("g", "secret", s))
	}
	if err := template.Must(template.New("").Parse("{{.}} {{printf `%s` .}}")).Execute(&printed, s); err != nil {
		t.Fatal(err)
	}
	for _, encode := range []func(any) error{json.NewEncoder(&printed).Encode, xml.NewEncoder(&printed).Encode, gob.NewEncoder(&printed).Encode} {
		for _, value := range []any{s, wrapped{s}} {
			if err := encode(value); err != nil {
				t.Fatal(err)
			}
		}
	}
	printed.WriteString(cmp.Diff(h.list, []secret.Secret{}, cmp.AllowUnexported(secret.Secret{})))
	if i := strings.Index(printed.String(), text); i >= 0 {
		t.Errorf("the secret is seen: …%s…", printed.String()[max(0, i-100):i+20])
	}
	for _, hex := range []string{fmt.Sprintf("%x", text), fmt.Sprintf("%X", text), fmt.Sprint([]byte(text))} {
		if strings.Contains(printed.String(), hex) {
			t.Errorf("the secret is seen as %s", hex)
		}
	}
}

// What looks into values by reflection finds a function.
func TestSecretIsNotReflected(t *testing.T) {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%#v", struct{ s *holder }{&holder{private: secret.New(text, "")}})
	if strings.Contains(b.String(), text) {
		t.Error(b.String())
	}
}

func TestReveal(t *testing.T) {
	s := secret.New(text, "v1")
	if s.Reveal() != text || s.Version() != "v1" || !s.Equal(text) || s.Equal("hunter3") || s.Equal("") {
		t.Errorf("secret is %q, version %q", s.Reveal(), s.Version())
	}
	var zero secret.Secret
	if zero.Reveal() != "" || !zero.Equal("") || fmt.Sprint(zero) != "[redacted]" {
		t.Errorf("the zero secret is %q and prints as %v", zero.Reveal(), zero)
	}
}
