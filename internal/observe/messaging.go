package observe

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/semconv/v1.43.0/messagingconv"
	"go.opentelemetry.io/otel/trace"
)

// Messaging records what a client of a message broker does, by the conventions of messaging: a span
// "publish orders" for each message or batch, a histogram of durations and a counter of messages.
type Messaging struct {
	operations [Process + 1]recorder[message]
}

// MessageOperation is what is done with messages.
type MessageOperation int

const (
	Publish MessageOperation = iota // a PRODUCER span, which the message carries on
	Request                         // a CLIENT span until the reply is there
	Receive                         // a CLIENT span of what came, linked to what the messages carry
	Process                         // a CONSUMER span of a handler, below what the message carries
)

var operationNames = [...]string{Publish: "publish", Request: "request", Receive: "receive", Process: "process"}

var operationTypes = [...]attribute.KeyValue{Publish: semconv.MessagingOperationTypeSend, Request: semconv.MessagingOperationTypeSend,
	Receive: semconv.MessagingOperationTypeReceive, Process: semconv.MessagingOperationTypeProcess}

var operationKinds = [...]trace.SpanKind{Publish: trace.SpanKindProducer, Request: trace.SpanKindClient,
	Receive: trace.SpanKindClient, Process: trace.SpanKindConsumer}

// messagingBoundaries are the semantic conventions', in seconds.
var messagingBoundaries = metric.WithExplicitBucketBoundaries(0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10)

// NewMessaging returns the record of one client. host and port are the broker's, "" and "" where
// there are several.
func NewMessaging(system, host, port string) *Messaging {
	m := &Messaging{}
	for op := range m.operations {
		r := &m.operations[op]
		r.kind = operationKinds[op]
		r.common = append([]attribute.KeyValue{semconv.MessagingSystemKey.String(system), semconv.MessagingOperationName(operationNames[op]),
			operationTypes[op]}, Server(host, port)...)
		r.histogram = func(meter metric.Meter) (metric.Float64Histogram, error) {
			if MessageOperation(op) == Process {
				h, err := messagingconv.NewProcessDuration(meter, messagingBoundaries)
				return h.Inst(), err
			}
			h, err := messagingconv.NewClientOperationDuration(meter, messagingBoundaries)
			return h.Inst(), err
		}
		r.counter = func(meter metric.Meter) (metric.Int64Counter, error) {
			if MessageOperation(op) == Publish || MessageOperation(op) == Request {
				c, err := messagingconv.NewClientSentMessages(meter)
				return c.Inst(), err
			}
			c, err := messagingconv.NewClientConsumedMessages(meter)
			return c.Inst(), err
		}
	}
	return m
}

// Message is what is known of a message, or of several of one destination.
type Message struct {
	Destination string // topic, subject or stream
	Template    string // what the destination is an instance of, such as "orders.*"; "" for none
	Temporary   bool   // the destination has a name that nobody chose, such as that of an inbox
	Group       string // of consumers; "" for none
	ID          string // "" for none
	Partition   string // "" for none
	Size        int    // of the body, in bytes; below 0 where it is not known
	Count       int    // of messages, of a batch; 0 for one that is none
	Counted     bool   // when it was received, which is before it is processed
}

// name is what spans and points call the destination: few of it.
func (m *Message) name() string {
	switch {
	case m.Template != "":
		return m.Template
	case m.Temporary:
		return "(temporary)"
	}
	return m.Destination
}

// count is how many messages it is.
func (m *Message) count() int { return max(m.Count, 1) }

// message is the series of an operation.
type message struct {
	destination, template, group, errorType string
	temporary                               bool
}

func (m *Message) series(errorType string) message {
	s := message{template: m.Template, group: m.Group, temporary: m.Temporary, errorType: errorType}
	if m.Template == "" && !m.Temporary {
		s.destination = m.Destination
	}
	return s
}

func (s message) attributes() (all []attribute.KeyValue) {
	for _, kv := range []attribute.KeyValue{semconv.MessagingDestinationName(s.destination), semconv.MessagingDestinationTemplate(s.template),
		semconv.MessagingConsumerGroupName(s.group), semconv.ErrorTypeKey.String(s.errorType)} {
		if kv.Value.AsString() != "" {
			all = append(all, kv)
		}
	}
	if s.temporary {
		all = append(all, semconv.MessagingDestinationTemporary(true))
	}
	return all
}

// attributes returns those of the span, next to what all of the operation have.
func (m *Message) attributes() []attribute.KeyValue {
	all := m.series("").attributes()
	if m.Template != "" {
		all = append(all, semconv.MessagingDestinationName(m.Destination))
	}
	if m.ID != "" {
		all = append(all, semconv.MessagingMessageID(m.ID))
	}
	if m.Partition != "" {
		all = append(all, semconv.MessagingDestinationPartitionID(m.Partition))
	}
	if m.Size >= 0 && m.Count == 0 {
		all = append(all, semconv.MessagingMessageBodySize(m.Size))
	}
	if m.Count > 0 {
		all = append(all, semconv.MessagingBatchMessageCount(m.Count))
	}
	return all
}

// MessageCall is one operation under way.
type MessageCall struct {
	state   *state[message] // nil if nothing is recorded
	ctx     context.Context
	span    trace.Span // nil without a span
	message Message
	start   time.Time
}

// Begin starts to record an operation. It must run in the context that Begin returns, which is what
// the message of a publisher carries on.
func (m *Messaging) Begin(ctx context.Context, op MessageOperation, msg Message) (context.Context, MessageCall) {
	return m.begin(ctx, op, msg, time.Now())
}

// Record records what has been received, since start, with links to what the messages carry.
func (m *Messaging) Record(ctx context.Context, msg Message, start time.Time, links []trace.Link, err error) {
	_, call := m.begin(ctx, Receive, msg, start, trace.WithTimestamp(start), trace.WithLinks(links...))
	call.End(err)
}

func (m *Messaging) begin(ctx context.Context, op MessageOperation, msg Message, start time.Time, options ...trace.SpanStartOption) (context.Context, MessageCall) {
	st := m.operations[op].listening(ctx)
	if st == nil {
		return ctx, MessageCall{}
	}
	call := MessageCall{state: st, message: msg, start: start}
	if st.tracer != nil {
		options = append(st.spanOptions[:len(st.spanOptions):len(st.spanOptions)], options...)
		ctx, call.span = st.tracer.Start(ctx, operationNames[op]+" "+msg.name(), options...)
		if call.span.IsRecording() {
			call.span.SetAttributes(msg.attributes()...)
		}
	}
	call.ctx = ctx
	return ctx, call
}

// Set adds attributes to the span.
func (c *MessageCall) Set(attrs func() []attribute.KeyValue) {
	if c.span != nil && c.span.IsRecording() {
		c.span.SetAttributes(attrs()...)
	}
}

// End ends the operation with its result. The text of an error is not recorded: it may repeat what
// a message holds.
func (c *MessageCall) End(err error) {
	if c.state == nil {
		return
	}
	kind := ErrorType(err)
	key := c.message.series(kind)
	if known := *c.state.known.Load(); len(known) >= mostSummaries {
		if _, ok := known[key]; !ok {
			key.destination, key.template = "", "" // a program may make up as many as it likes
		}
	}
	c.state.record(c.ctx, c.start, key)
	if !c.message.Counted {
		c.state.add(c.ctx, int64(c.message.count()), key)
	}
	if c.span == nil {
		return
	}
	if err != nil && c.span.IsRecording() {
		c.span.SetAttributes(semconv.ErrorTypeKey.String(kind))
		c.span.SetStatus(codes.Error, kind)
	}
	c.span.End()
}
