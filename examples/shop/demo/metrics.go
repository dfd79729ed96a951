package demo

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// table is a histogram of durations, by function or route. How long the calls took is left out: it
// differs from run to run.
type table struct {
	metric string
	rows   []row
}

// row is one function or route.
type row struct {
	name     string
	calls    uint64
	failed   uint64
	outcomes map[string]uint64 // calls by error type, or by status in HTTP
}

// count is a counter's value for one set of attributes.
type count struct {
	metric, of, attributes string
	value                  int64
}

// tables returns the histograms of calls, sorted by name.
func tables(metrics []metricdata.Metrics) []table {
	var all []table
	for _, m := range metrics {
		histogram, ok := m.Data.(metricdata.Histogram[float64])
		if !ok || !strings.HasSuffix(m.Name, ".duration") {
			continue
		}
		rows := make(map[string]*row)
		for _, point := range histogram.DataPoints {
			name := subject(point.Attributes)
			r := rows[name]
			if r == nil {
				r = &row{name: name, outcomes: make(map[string]uint64)}
				rows[name] = r
			}
			r.add(point.Attributes, point.Count)
		}
		t := table{metric: m.Name}
		for _, name := range slices.Sorted(maps.Keys(rows)) {
			t.rows = append(t.rows, *rows[name])
		}
		all = append(all, t)
	}
	first := []string{"http.server.request.duration", "function.call.duration"} // then the bindings'
	slices.SortFunc(all, func(a, b table) int {
		return cmp.Or(cmp.Compare(rank(first, a.metric), rank(first, b.metric)), cmp.Compare(a.metric, b.metric))
	})
	return all
}

// rank is where a name comes in a list; those that are not in it come last.
func rank(list []string, name string) int {
	if i := slices.Index(list, name); i >= 0 {
		return i
	}
	return len(list)
}

// add counts calls that ended in one way.
func (r *row) add(attrs attribute.Set, calls uint64) {
	failure, failed := attrs.Value("error.type")
	status, http := attrs.Value("http.response.status_code")
	r.calls += calls
	if failed {
		r.failed += calls
	}
	switch {
	case http:
		r.outcomes[status.String()] += calls
	case failed:
		r.outcomes[short(failure.String())] += calls
	}
}

// rate returns the share of failed calls, such as "3 (25%)", or "" without any.
func (r *row) rate() string {
	if r.failed == 0 {
		return ""
	}
	return fmt.Sprintf("%d (%d%%)", r.failed, (100*r.failed+r.calls/2)/r.calls)
}

// ends lists the outcomes, such as "201 ×9, 402 ×2".
func (r *row) ends() string {
	var list []string
	for _, outcome := range slices.Sorted(maps.Keys(r.outcomes)) {
		list = append(list, fmt.Sprintf("%s ×%d", outcome, r.outcomes[outcome]))
	}
	return strings.Join(list, ", ")
}

// subject names what a measurement is about: a function, or a method and route.
func subject(attrs attribute.Set) string {
	if function, ok := attrs.Value("code.function.name"); ok {
		return short(function.String())
	}
	if statement, ok := attrs.Value("db.query.summary"); ok {
		return statement.String()
	}
	for _, kind := range []struct{ operation, of attribute.Key }{
		{"db.operation.name", "db.collection.name"}, {"messaging.operation.name", "messaging.destination.name"},
	} {
		if operation, ok := attrs.Value(kind.operation); ok {
			of, _ := attrs.Value(kind.of)
			return strings.TrimSpace(operation.String() + " " + of.String())
		}
	}
	if method, ok := attrs.Value("rpc.method"); ok {
		return service(method.String())
	}
	route, _ := attrs.Value("http.route")
	if method, ok := attrs.Value("http.request.method"); ok && !strings.Contains(route.String(), " ") {
		return method.String() + " " + route.String()
	}
	return route.String()
}

// counts returns the counters of policies that count events, not time, sorted by name, function and
// attributes.
func counts(metrics []metricdata.Metrics) []count {
	var all []count
	for _, m := range metrics {
		sum, ok := m.Data.(metricdata.Sum[int64])
		if !ok || !sum.IsMonotonic || !strings.HasPrefix(m.Name, "ft.") || slices.Contains([]string{"ns", "us", "ms", "s"}, m.Unit) {
			continue
		}
		for _, point := range sum.DataPoints {
			function, _ := point.Attributes.Value("code.function.name")
			all = append(all, count{m.Name, short(function.String()), describe(point.Attributes), point.Value})
		}
	}
	slices.SortFunc(all, func(a, b count) int {
		return cmp.Or(cmp.Compare(a.metric, b.metric), cmp.Compare(a.of, b.of), cmp.Compare(a.attributes, b.attributes))
	})
	return all
}

// describe lists the attributes that subject has not shown.
func describe(attrs attribute.Set) string {
	var list []string
	for _, attr := range attrs.ToSlice() {
		if attr.Key != "code.function.name" {
			list = append(list, string(attr.Key)+"="+attr.Value.String())
		}
	}
	return strings.Join(list, " ")
}
