package runtimehooks

import (
	"context"
	"testing"
	"time"
)

type flag bool

type stringer struct{}

func (*stringer) String() string { return "text" }

func TestAttr(t *testing.T) {
	type id string
	n := 7
	for _, c := range []struct {
		value any
		want  string
		typ   string
	}{
		{"a", "a", "STRING"}, {true, "true", "BOOL"}, {7, "7", "INT64"}, {uint8(7), "7", "INT64"}, {1.5, "1.5", "FLOAT64"},
		{id("x"), "x", "STRING"}, {&n, "7", "INT64"}, {time.Second, "1", "FLOAT64"}, {&stringer{}, "text", "STRING"},
		{[]string{"a", "b"}, `["a","b"]`, "STRINGSLICE"}, {[]int{1}, "[1]", "INT64SLICE"}, {[]int64{1}, "[1]", "INT64SLICE"},
		{[]bool{true}, "[true]", "BOOLSLICE"}, {[]float64{1.5}, "[1.5]", "FLOAT64SLICE"}, {int64(7), "7", "INT64"},
		{int8(7), "7", "INT64"}, {float32(1.5), "1.5", "FLOAT64"}, {flag(true), "true", "BOOL"},
		{time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), "2026-01-02T03:04:05Z", "STRING"}, {errBusy, "busy", "STRING"}, {struct{ A int }{1}, "{1}", "STRING"},
		{uint64(1 << 63), "9223372036854775808", "STRING"},
	} {
		got := record(t)
		attrCall(t.Context(), &Site{Function: function, Aspects: Aspects{Trace: &Trace{}}}, c.value)
		for _, kv := range got.span(t).Attributes() {
			if kv.Key == "value" && (kv.Value.String() != c.want || kv.Value.Type().String() != c.typ) {
				t.Errorf("%#v is %v %q, want %v %q", c.value, kv.Value.Type(), kv.Value.String(), c.typ, c.want)
			}
		}
		if _, ok := text(got.span(t).Attributes())["value"]; !ok {
			t.Errorf("%#v is missing", c.value)
		}
	}
	got := record(t)
	attrCall(t.Context(), &Site{Function: function, Aspects: Aspects{Trace: &Trace{}}}, (*stringer)(nil))
	if _, ok := text(got.span(t).Attributes())["value"]; ok {
		t.Error("a nil pointer was recorded")
	}
}

func attrCall(ctx context.Context, site *Site, value any) {
	call := site.Call()
	_ = call.Enter(ctx)
	defer call.Leave()
	if call.Recording() {
		call.Attr("value", value)
	}
}
