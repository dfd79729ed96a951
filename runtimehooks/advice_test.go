package runtimehooks

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAround(t *testing.T) {
	var order []string
	advice := func(name string) Advice {
		return Advice{Name: name, Func: func(ctx context.Context, site *Site, next func(context.Context) error) error {
			order = append(order, name+" "+site.Name)
			err := next(context.WithValue(ctx, key{}, name))
			order = append(order, fmt.Sprint(name, " ", err))
			return err
		}}
	}
	site := &Site{Function: function, Name: "Place", Aspects: Aspects{Retry: &Retry{Attempts: 2}, Around: []Advice{advice("outer"), advice("inner")}}}
	n := 0
	r, err := advised(t.Context(), site, func(ctx context.Context) (int, error) {
		order = append(order, "body in "+ctx.Value(key{}).(string))
		if n++; n == 1 {
			return 0, errBusy
		}
		return n, nil
	})
	if r != 2 || err != nil {
		t.Errorf("result is %d, %v", r, err)
	}
	want := []string{
		"outer Place", "inner Place", "body in inner", "inner busy", "outer busy",
		"outer Place", "inner Place", "body in inner", "inner <nil>", "outer <nil>",
	}
	if diff := cmp.Diff(want, order); diff != "" {
		t.Error(diff)
	}
}

func TestAdviceMayRefuse(t *testing.T) {
	site := &Site{Function: function, Aspects: Aspects{Around: []Advice{{Name: "no", Func: func(context.Context, *Site, func(context.Context) error) error {
		return errFatal
	}}}}}
	r, err := advised(t.Context(), site, func(context.Context) (int, error) { t.Error("the body ran"); return 1, nil })
	if r != 0 || err != errFatal {
		t.Errorf("result is %d, %v", r, err)
	}
}
