package mesh_test

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	common "go.opentelemetry.io/proto/otlp/common/v1"
	traces "go.opentelemetry.io/proto/otlp/trace/v1"
)

// volatile are the attributes that differ from run to run.
var volatile = []string{"server.port", "network.peer.port", "client.port", "url.full"}

// tree returns the spans of a trace across processes, children below their parents and siblings in
// the order in which they began, without ids and times.
func (c *collector) tree(trace string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var spans []span
	for _, s := range c.spans {
		if hex.EncodeToString(s.TraceId) == trace {
			spans = append(spans, s)
		}
	}
	return render(spans)
}

// others returns the trees of the traces other than these, in the order of their text.
func (c *collector) others(known ...string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	others := map[string][]span{}
	for _, s := range c.spans {
		if id := hex.EncodeToString(s.TraceId); !slices.Contains(known, id) {
			others[id] = append(others[id], s)
		}
	}
	var texts []string
	for _, spans := range others {
		texts = append(texts, render(spans))
	}
	slices.Sort(texts)
	return strings.Join(texts, "")
}

// durations returns how many calls each histogram of durations has counted in each service.
func (c *collector) durations() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var b strings.Builder
	for _, service := range slices.Sorted(maps.Keys(c.counts)) {
		for _, name := range slices.Sorted(maps.Keys(c.counts[service])) {
			fmt.Fprintf(&b, "%s: %s %d\n", service, name, c.counts[service][name])
		}
	}
	return b.String()
}

func render(spans []span) string {
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.StartTimeUnixNano, b.StartTimeUnixNano) })
	var below func(parents func(id []byte) bool, indent string) string
	below = func(parents func(id []byte) bool, indent string) (text string) {
		for _, s := range spans {
			if parents(s.ParentSpanId) {
				mine := func(id []byte) bool { return bytes.Equal(id, s.SpanId) }
				text += one(s, indent) + below(mine, indent+"    ")
			}
		}
		return text
	}
	unknown := func(id []byte) bool { // the client's, or none
		return !slices.ContainsFunc(spans, func(s span) bool { return bytes.Equal(s.SpanId, id) })
	}
	return below(unknown, "")
}

// one returns the lines of a span itself.
func one(s span, indent string) string {
	var b strings.Builder
	kind := strings.ToLower(strings.TrimPrefix(s.Kind.String(), "SPAN_KIND_"))
	fmt.Fprintf(&b, "%s- %s: %s (%s)\n", indent, s.service, s.Name, kind)
	var lines []string
	for _, kv := range s.Attributes {
		if !slices.Contains(volatile, kv.Key) {
			lines = append(lines, kv.Key+"="+value(kv.Value))
		}
	}
	slices.Sort(lines)
	if s.Status.GetCode() == traces.Status_STATUS_CODE_ERROR {
		lines = append(lines, fmt.Sprintf("status error %q", s.Status.Message))
	}
	for _, e := range s.Events {
		lines = append(lines, "event "+e.Name)
	}
	for _, line := range lines {
		fmt.Fprintf(&b, "%s  %s\n", indent, line)
	}
	return b.String()
}

func value(v *common.AnyValue) string {
	switch v := v.Value.(type) {
	case *common.AnyValue_StringValue:
		return strconv.Quote(v.StringValue)
	case *common.AnyValue_IntValue:
		return strconv.FormatInt(v.IntValue, 10)
	case *common.AnyValue_BoolValue:
		return strconv.FormatBool(v.BoolValue)
	}
	return v.String()
}
