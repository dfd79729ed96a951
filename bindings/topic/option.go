package topic

import (
	"fmt"
	"time"

	"github.com/instrumentgo/instrument/bindings"
)

// Option is an option of [Open] and [New].
type Option func(*settings)

type settings struct {
	codec   bindings.Codec
	tenants bool
	wrap    []func(Store) Store
	id, key any // func(T) string, nil for none
}

// Codec sets how messages are encoded. The default is [bindings.CodecOf] the message's type.
func Codec(codec bindings.Codec) Option { return func(s *settings) { s.codec = codec } }

// PerTenant keeps the messages of each tenant apart, and refuses operations without a tenant,
// whether the environment asks for that or not.
func PerTenant() Option { return func(s *settings) { s.tenants = true } }

// Wrap puts a wrapper around the provider's store, such as a policy. The first one given is the
// outermost.
func Wrap(wrap func(Store) Store) Option {
	return func(s *settings) { s.wrap = append(s.wrap, wrap) }
}

// IDOf gives each message the ID that f returns for it, "" for none. T must be the topic's.
func IDOf[T any](f func(T) string) Option { return func(s *settings) { s.id = f } }

// KeyOf gives each message the ordering key that f returns for it, "" for none. T must be the
// topic's.
func KeyOf[T any](f func(T) string) Option { return func(s *settings) { s.key = f } }

// textOf returns what IDOf or KeyOf was given.
func textOf[T any](f any, option string) (func(T) string, error) {
	if f == nil {
		return nil, nil
	}
	text, ok := f.(func(T) string)
	if !ok {
		return nil, fmt.Errorf("option %s must take the topic's type: it is %T, not %T", option, f, text)
	}
	return text, nil
}

// PublishOption is an option of [Of.PublishWith].
type PublishOption func(*publishing)

type publishing struct {
	id, key *string // nil for what the topic's own options say
	delay   time.Duration
}

// ID identifies the message: another with the same ID within [DedupWindow] is not published.
func ID(id string) PublishOption { return func(p *publishing) { p.id = &id } }

// Key sets the ordering key.
func Key(key string) PublishOption { return func(p *publishing) { p.key = &key } }

// Delay delivers the message that much later; only then does it take its place in the order of its
// key.
func Delay(d time.Duration) PublishOption { return func(p *publishing) { p.delay = d } }

// SubscribeOption is an option of [Of.Subscribe].
type SubscribeOption func(*subscribing)

type subscribing struct {
	concurrency   int
	maxDeliveries int
	lease         time.Duration
	first, most   time.Duration // of the backoff
	fromNow       bool
}

func newSubscribing(options []SubscribeOption) (*subscribing, error) {
	s := &subscribing{concurrency: 1, maxDeliveries: 10, lease: 30 * time.Second, first: time.Second, most: time.Minute}
	for _, o := range options {
		o(s)
	}
	var what string
	switch {
	case s.concurrency < 1:
		what = fmt.Sprintf("the concurrency must be positive, not %d", s.concurrency)
	case s.maxDeliveries < 1:
		what = fmt.Sprintf("the greatest number of deliveries must be positive, not %d", s.maxDeliveries)
	case s.lease < time.Second:
		what = fmt.Sprintf("the lease must be at least a second, not %v", s.lease)
	case s.first <= 0 || s.most < s.first:
		what = fmt.Sprintf("the backoff must be positive and must not shrink, as from %v to %v", s.first, s.most)
	default:
		return s, nil
	}
	return nil, bindings.Errorf(bindings.FailedPrecondition, "%s", what)
}

// Concurrency sets how many messages the subscription handles at once; default 1. Other
// subscriptions of the group, here or in other processes, have settings of their own.
func Concurrency(n int) SubscribeOption { return func(s *subscribing) { s.concurrency = n } }

// MaxDeliveries sets how often a message is delivered before it is a dead letter; default 10.
func MaxDeliveries(n int) SubscribeOption { return func(s *subscribing) { s.maxDeliveries = n } }

// Lease sets how long after its last sign of life a subscriber is considered dead and its messages
// are delivered again; at least a second, default 30 seconds. The subscribers of a group should
// agree on it.
func Lease(d time.Duration) SubscribeOption { return func(s *subscribing) { s.lease = d } }

// Backoff sets the delay before a message is delivered again after a failure: first, then twice as
// long each time, up to most. The default is a second, up to a minute.
func Backoff(first, most time.Duration) SubscribeOption {
	return func(s *subscribing) { s.first, s.most = first, most }
}

// FromNow makes a group that this subscription creates begin with what is published from now on.
func FromNow() SubscribeOption { return func(s *subscribing) { s.fromNow = true } }

// after returns how long to wait after a number of deliveries.
func (s *subscribing) after(deliveries int) time.Duration {
	d := s.first
	for ; deliveries > 1 && d < s.most; deliveries-- {
		d *= 2
	}
	return min(d, s.most)
}
