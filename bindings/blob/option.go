package blob

import "maps"

// Option is an option of [Open].
type Option func(*settings)

type settings struct {
	tenants bool
	wrap    []func(Store) Store
}

// PerTenant keeps the objects of each tenant apart, and refuses operations without a tenant,
// whether the environment asks for that or not.
func PerTenant() Option { return func(s *settings) { s.tenants = true } }

// Wrap puts something around the provider's store, such as a policy; what is given first is the
// outermost. A wrapper must have the small interface of every ability that it declares.
func Wrap(wrap func(Store) Store) Option {
	return func(s *settings) { s.wrap = append(s.wrap, wrap) }
}

// PutOption is an option of [Bucket.Put] and [Bucket.Copy].
type PutOption func(*Put)

// ContentType sets the media type of an object.
func ContentType(text string) PutOption { return func(p *Put) { p.ContentType = text } }

// Metadata sets what else there is to say of an object. Names and values are texts; the names' case
// may not count.
func Metadata(m map[string]string) PutOption {
	m = maps.Clone(m)
	return func(p *Put) { p.Metadata = m }
}

// IfAbsent lets a write fail with AlreadyExists if there is an object.
func IfAbsent() PutOption { return func(p *Put) { p.IfAbsent = true } }
