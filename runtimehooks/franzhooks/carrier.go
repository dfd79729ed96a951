package franzhooks

import (
	"slices"

	"github.com/twmb/franz-go/pkg/kgo"
)

// carrier are the headers of a record, for a propagator.
type carrier struct{ record *kgo.Record }

// Get implements propagation.TextMapCarrier. Of several, the last counts.
func (c *carrier) Get(key string) string {
	for _, h := range slices.Backward(c.record.Headers) {
		if h.Key == key {
			return string(h.Value)
		}
	}
	return ""
}

// Set implements propagation.TextMapCarrier. The program's slice is not written to.
func (c *carrier) Set(key, value string) {
	headers := make([]kgo.RecordHeader, 0, len(c.record.Headers)+1)
	for _, h := range c.record.Headers {
		if h.Key != key {
			headers = append(headers, h)
		}
	}
	c.record.Headers = append(headers, kgo.RecordHeader{Key: key, Value: []byte(value)})
}

// Keys implements propagation.TextMapCarrier.
func (c *carrier) Keys() (keys []string) {
	for _, h := range c.record.Headers {
		keys = append(keys, h.Key)
	}
	return keys
}
