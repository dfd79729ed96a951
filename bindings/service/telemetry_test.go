package service_test

import (
	"errors"
	"net"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/trace"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/service"
	"github.com/instrumentgo/instrument/internal/recorded"
)

// A call is a client's span and a server's in one trace, and a point of each side's durations, by
// the conventions of remote procedure calls.
func TestTelemetry(t *testing.T) {
	spans, reader := recorded.Telemetry(t)
	server := httptest.NewServer(handler(nil))
	defer server.Close()
	host, _, _ := net.SplitHostPort(server.Listener.Addr().String())
	client := open(t, server.URL)

	call := func(method string, on *service.Client) error {
		_, err := service.Call[buyOut](t.Context(), on, method, &buyIn{"tea", 1})
		return err
	}
	if err := call("Buy", client); err != nil {
		t.Fatal(err)
	}
	if err := call("Sell", client); bindings.Code(err) != bindings.Unimplemented {
		t.Fatal(err)
	}
	failing := httptest.NewServer(handler(errSoldOut))
	defer failing.Close()
	if err := call("Buy", open(t, failing.URL)); !errors.Is(err, errSoldOut) {
		t.Fatal(err)
	}
	type span struct {
		Name, Of string
		Kind     trace.SpanKind
		Status   codes.Code
		Attrs    map[string]string
	}
	var got []span
	ids := map[trace.SpanID]string{}
	for _, s := range spans.Ended() {
		ids[s.SpanContext().SpanID()] = s.SpanKind().String()
	}
	for _, s := range spans.Ended() {
		attrs := recorded.Text(s.Attributes())
		if attrs["server.port"] != "" {
			attrs["server.port"] = "PORT"
		}
		got = append(got, span{s.Name(), ids[s.Parent().SpanID()], s.SpanKind(), s.Status().Code, attrs})
	}
	const buy, sell = "example.com/shop.Service/Buy", "example.com/shop.Service/Sell"
	of := func(method, code string, more ...string) map[string]string {
		all := map[string]string{"rpc.system.name": "instrument", "rpc.method": method, "rpc.response.status_code": code}
		for i := 0; i < len(more); i += 2 {
			all[more[i]] = more[i+1]
		}
		return all
	}
	at := []string{"server.address", host, "server.port", "PORT"}
	want := []span{
		{buy, "client", trace.SpanKindServer, codes.Unset, of(buy, "ok")},
		{buy, "", trace.SpanKindClient, codes.Unset, of(buy, "ok", at...)},
		{"_OTHER", "client", trace.SpanKindServer, codes.Error,
			of("_OTHER", "unimplemented", "rpc.method_original", "Sell", "error.type", "unimplemented")},
		{sell, "", trace.SpanKindClient, codes.Error, of(sell, "unimplemented", append(at, "error.type", "unimplemented")...)},
		{buy, "client", trace.SpanKindServer, codes.Unset, of(buy, "unknown")},
		{buy, "", trace.SpanKindClient, codes.Error, of(buy, "unknown", append(at, "error.type", "ErrSoldOut")...)},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	var data metricdata.ResourceMetrics
	if err := reader.Collect(t.Context(), &data); err != nil {
		t.Fatal(err)
	}
	counts := map[string]uint64{}
	for _, m := range data.ScopeMetrics[0].Metrics {
		for _, p := range m.Data.(metricdata.Histogram[float64]).DataPoints {
			attrs := recorded.Text(p.Attributes.ToSlice())
			counts[m.Name+" "+m.Unit+" "+attrs["rpc.method"]+" "+attrs["rpc.response.status_code"]+" "+attrs["error.type"]] += p.Count
		}
	}
	if diff := cmp.Diff(map[string]uint64{
		"rpc.client.call.duration s " + buy + " ok ":                          1,
		"rpc.client.call.duration s " + buy + " unknown ErrSoldOut":           1,
		"rpc.client.call.duration s " + sell + " unimplemented unimplemented": 1,
		"rpc.server.call.duration s " + buy + " ok ":                          1,
		"rpc.server.call.duration s " + buy + " unknown ":                     1,
		"rpc.server.call.duration s _OTHER unimplemented unimplemented":       1,
	}, counts); diff != "" {
		t.Error(diff)
	}
}
