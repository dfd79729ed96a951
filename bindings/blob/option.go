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

// Wrap puts a wrapper around the provider's store, such as a policy. The first one given is the
// outermost. A wrapper must implement the small interface of every ability that it declares.
func Wrap(wrap func(Store) Store) Option {
	return func(s *settings) { s.wrap = append(s.wrap, wrap) }
}

// PutOption is an option of [Bucket.Put] and [Bucket.Copy].
type PutOption func(*Put)

// ContentType sets the media type of an object.
func ContentType(text string) PutOption { return func(p *Put) { p.ContentType = text } }

// Metadata sets further properties of an object. The case of names may not be significant.
func Metadata(m map[string]string) PutOption {
	m = maps.Clone(m)
	return func(p *Put) { p.Metadata = m }
}

// IfAbsent makes a write fail with AlreadyExists if there is an object.
func IfAbsent() PutOption { return func(p *Put) { p.IfAbsent = true } }
