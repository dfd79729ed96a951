package main

import (
	"strings"

	"go.opentelemetry.io/otel/attribute"
)

// add adds a data point to its site's, under "name key=value key=value".
func add(sites map[string]metricPoints, name string, attributes attribute.Set, value int64) {
	function, text := "", []string{name}
	for _, kv := range attributes.ToSlice() {
		if kv.Key == "code.function.name" {
			function = kv.Value.AsString()
			continue
		}
		text = append(text, string(kv.Key)+"="+kv.Value.String())
	}
	if sites[function] == nil {
		sites[function] = metricPoints{}
	}
	sites[function][strings.Join(text, " ")] += value
}
