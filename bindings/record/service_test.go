package record_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/fake"
	"github.com/instrumentgo/instrument/bindings/record"
	"github.com/instrumentgo/instrument/bindings/service"
)

// quotes is a service, and what follows is as it is generated beside one.
type quotes interface {
	Quote(ctx context.Context, item string) (int, error)
}

var errUnknownItem = errors.New("no such item")

var quotesAPI = service.API{Name: "example.com/quotes.Quotes", Errors: map[string]error{"ErrUnknownItem": errUnknownItem}}

type (
	quoteIn  struct{ Item string }
	quoteOut struct{ Result int }
)

type quotesClient struct{ client *service.Client }

func (c quotesClient) Quote(ctx context.Context, item string) (int, error) {
	out, err := service.Call[quoteOut](ctx, c.client, "Quote", &quoteIn{item})
	return out.Result, err
}

type quotesLocal struct{ ref *service.Ref[quotes] }

func (l quotesLocal) Quote(ctx context.Context, item string) (int, error) {
	s, err := l.ref.Get(ctx, "Quote")
	if err != nil {
		return 0, err
	}
	return s.Quote(ctx, item)
}

func openQuotes(t *testing.T, p *bindings.Platform, name string) quotes {
	t.Helper()
	q, err := service.Open(t.Context(), p, name, quotesAPI, func(c *service.Client) quotes { return quotesClient{c} },
		func(r *service.Ref[quotes]) quotes { return quotesLocal{r} })
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// prices is the service.
type prices map[string]int

func (p prices) Quote(ctx context.Context, item string) (int, error) {
	tenant, _ := bindings.Tenant(ctx)
	switch cents, ok := p[item]; {
	case item == "busy":
		return 0, busy{}
	case !ok:
		return 0, fmt.Errorf("quote %s: %w", item, errUnknownItem)
	default:
		return cents + len(tenant), nil // tenants pay by the letter
	}
}

type busy struct{}

func (busy) Error() string             { return "come again" }
func (busy) Unwrap() error             { return bindings.ResourceExhausted }
func (busy) RetryAfter() time.Duration { return 3 * time.Second }

// ask asks a service several times, and tells what it answers.
func ask(t *testing.T, q quotes) (answers []string) {
	for _, one := range []struct{ tenant, item string }{{"", "tea"}, {"acme", "tea"}, {"", "gold"}, {"", "busy"}, {"", "tea"}} {
		n, err := q.Quote(bindings.WithTenant(t.Context(), one.tenant), one.item)
		text := fmt.Sprint(one.tenant, one.item, " ", n, " ", err, " ", bindings.Code(err), " ", errors.Is(err, errUnknownItem))
		if later, ok := errors.AsType[interface {
			error
			RetryAfter() time.Duration
		}](err); ok {
			text += " after " + later.RetryAfter().String()
		}
		answers = append(answers, text)
	}
	return answers
}

// Calls of a service of another process are answered again with the same results and errors, and no
// server is asked.
func TestServiceIsReplayed(t *testing.T) {
	h := service.NewHandler(quotesAPI)
	service.Handle(h, "Quote", func(ctx context.Context, in *quoteIn) (out quoteOut, err error) {
		out.Result, err = prices{"tea": 7}.Quote(ctx, in.Item)
		return out, err
	})
	server := httptest.NewServer(h)
	var w bytes.Buffer
	env := bindings.Environment{Namespace: "shop", Bindings: []bindings.Binding{{Name: "far", URL: server.URL}, {Name: "near", URL: "local:"},
		{Name: "apart", URL: server.URL, Options: map[string]bindings.Value{"tenants": {Text: "true"}}}}}
	p, err := bindings.Open(t.Context(), env, record.New(&w).Wrap(service.Provider))
	if err != nil {
		t.Fatal(err)
	}
	if err := service.Provide[quotes](p, "near", prices{"tea": 8}); err != nil {
		t.Fatal(err)
	}
	openQuotes(t, p, "apart")
	want, near := ask(t, openQuotes(t, p, "far")), ask(t, openQuotes(t, p, "near"))
	if err := p.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	server.Close()
	if !strings.HasSuffix(want[2], " true") || !strings.Contains(want[3], "after 3s") {
		t.Fatalf("the service answers %q", want)
	}

	path := filepath.Join(t.TempDir(), "quotes.jsonl")
	if err := os.WriteFile(path, w.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	again := fake.Platform(t, fake.Recorded(path))
	if err := service.Provide[quotes](again, "near", prices{"tea": 8}); err != nil {
		t.Fatal(err)
	}
	if got := ask(t, openQuotes(t, again, "far")); !slices.Equal(got, want) {
		t.Errorf("the recording answers\n%s, want\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if got := ask(t, openQuotes(t, again, "near")); !slices.Equal(got, near) {
		t.Errorf("the process's own service answers\n%s, want\n%s", strings.Join(got, "\n"), strings.Join(near, "\n"))
	}
	if _, err := openQuotes(t, again, "apart").Quote(t.Context(), "tea"); !strings.Contains(fmt.Sprint(err), "scoped to tenants") {
		t.Errorf("a binding that is scoped to tenants answers without one: %v", err)
	}
}

// A call that was not recorded fails, and says what the recording has.
func TestServiceCallThatWasNotRecorded(t *testing.T) {
	const recording = `{"seq":1,"provider":{"name":"service","schemes":["http"],"kinds":["service"]}}
{"seq":2,"kind":"service","binding":"far","op":"open"}
{"seq":3,"kind":"service","binding":"far","op":"call","args":{"service":"example.com/quotes.Quotes","method":"Quote","value":{"json":{"Item":"tea"}}},"result":{"value":{"json":{"Result":7}}}}
`
	replay, err := record.Read(strings.NewReader(recording))
	if err != nil {
		t.Fatal(err)
	}
	env := bindings.Environment{Namespace: "shop", Bindings: []bindings.Binding{{Name: "far", URL: "http://away.example"}}}
	p, err := bindings.Open(t.Context(), env, replay.Provider())
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close(t.Context())
	q := openQuotes(t, p, "far")
	_, err = q.Quote(t.Context(), "coffee")
	if bindings.Code(err) != bindings.FailedPrecondition || !strings.Contains(err.Error(), `it has: call {"value":{"json":{"Item":"tea"}}`) || replay.Err() == nil {
		t.Errorf("another call: %v", err)
	}
	if n, err := q.Quote(t.Context(), "tea"); n != 7 || err != nil {
		t.Errorf("the call that was recorded: %d, %v", n, err)
	}
}
