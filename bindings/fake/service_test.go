package fake_test

import (
	"context"
	"strings"
	"testing"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/fake"
	"github.com/instrumentgo/instrument/bindings/service"
)

// quotes is a service of another team, and reference what is generated beside it.
type quotes interface {
	Quote(ctx context.Context, item string) (int, error)
}

type reference struct{ ref *service.Ref[quotes] }

func (r reference) Quote(ctx context.Context, item string) (int, error) {
	q, err := r.ref.Get(ctx, "Quote")
	if err != nil {
		return 0, err
	}
	return q.Quote(ctx, item)
}

type fixed int

func (f fixed) Quote(context.Context, string) (int, error) { return int(f), nil }

// A test gives the service of another team in one line, before or after what uses it is made.
func TestService(t *testing.T) {
	p := fake.Platform(t)
	q, err := service.Open(t.Context(), p, "quotes", service.API{Name: "example.com/quotes.Service"},
		func(*service.Client) quotes { return nil }, func(r *service.Ref[quotes]) quotes { return reference{r} })
	if err != nil {
		t.Fatal(err)
	}
	_, err = q.Quote(t.Context(), "tea")
	if bindings.Code(err) != bindings.FailedPrecondition || !strings.Contains(err.Error(), "nobody provides it") {
		t.Errorf("before: %v", err)
	}
	if err := service.Provide[quotes](p, "quotes", fixed(7)); err != nil {
		t.Fatal(err)
	}
	if n, err := q.Quote(t.Context(), "tea"); n != 7 || err != nil {
		t.Errorf("after: %d, %v", n, err)
	}
}
