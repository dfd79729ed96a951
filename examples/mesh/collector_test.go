package mesh_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	collectormetrics "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	collectortrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	metrics "go.opentelemetry.io/proto/otlp/metrics/v1"
	resource "go.opentelemetry.io/proto/otlp/resource/v1"
	traces "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// collector takes what services export by OTLP over HTTP. A service that has ended has exported
// all.
type collector struct {
	url string

	mu     sync.Mutex
	spans  []span
	counts map[string]map[string]uint64 // calls in a service's histograms, by service and histogram
}

// span is one of a service.
type span struct {
	service string
	*traces.Span
}

func startCollector(t *testing.T) *collector {
	t.Helper()
	c := &collector{counts: map[string]map[string]uint64{}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/traces", func(w http.ResponseWriter, r *http.Request) {
		var request collectortrace.ExportTraceServiceRequest
		if read(t, w, r, &request) {
			c.addSpans(&request)
		}
	})
	mux.HandleFunc("POST /v1/metrics", func(w http.ResponseWriter, r *http.Request) {
		var request collectormetrics.ExportMetricsServiceRequest
		if read(t, w, r, &request) {
			c.addMetrics(&request)
		}
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	c.url = server.URL
	return c
}

// read reads a request, to which the empty response says that all is well.
func read(t *testing.T, w http.ResponseWriter, r *http.Request, to proto.Message) bool {
	data, err := io.ReadAll(r.Body)
	if err == nil {
		err = proto.Unmarshal(data, to)
	}
	if err != nil {
		t.Errorf("%s: %v", r.URL.Path, err)
		http.Error(w, err.Error(), http.StatusBadRequest)
	}
	return err == nil
}

func (c *collector) addSpans(request *collectortrace.ExportTraceServiceRequest) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, of := range request.ResourceSpans {
		for _, scope := range of.ScopeSpans {
			for _, s := range scope.Spans {
				c.spans = append(c.spans, span{serviceOf(of.Resource), s})
			}
		}
	}
}

// addMetrics keeps the counts of histograms of durations, which are cumulative: the last one counts.
func (c *collector) addMetrics(request *collectormetrics.ExportMetricsServiceRequest) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, of := range request.ResourceMetrics {
		counts := map[string]uint64{}
		for _, scope := range of.ScopeMetrics {
			for _, m := range scope.Metrics {
				if h, ok := m.Data.(*metrics.Metric_Histogram); ok && m.Unit == "s" {
					for _, point := range h.Histogram.DataPoints {
						counts[m.Name] += point.Count
					}
				}
			}
		}
		c.counts[serviceOf(of.Resource)] = counts
	}
}

func serviceOf(r *resource.Resource) string { return text(r.Attributes, "service.name") }

// text returns the value of an attribute as text, "" for none.
func text(list []*common.KeyValue, key string) string {
	for _, kv := range list {
		if kv.Key == key {
			return kv.Value.GetStringValue()
		}
	}
	return ""
}
