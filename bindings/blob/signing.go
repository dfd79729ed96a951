package blob

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/instrumentgo/instrument/bindings"
)

// Signing makes signed URLs for providers that cannot, and serves them: a URL leads to the service
// itself, which reads or writes the object on behalf of its owner.
//
//	signing, err := blob.NewSigning("https://shop.example/invoices", key)
//	invoices, err := blob.Open(ctx, platform, "invoices", blob.Wrap(signing.Wrap))
//	mux.Handle("/invoices", signing.Handler(invoices))
type Signing struct {
	base *url.URL
	key  []byte
}

// minKey is the least length of a key for signatures, in bytes.
const minKey = 16

// NewSigning returns the signing of URLs that begin with base, which must differ for each bucket.
// The key has at least 16 bytes, and only instances of the service may know it.
func NewSigning(base string, key []byte) (*Signing, error) {
	u, err := url.Parse(base)
	if err != nil {
		return nil, fmt.Errorf("sign urls: %w", err)
	}
	if u.Scheme == "" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("sign urls: %q must be a whole url without a query", base)
	}
	if len(key) < minKey {
		return nil, fmt.Errorf("sign urls: the key must have at least %d bytes, not %d", minKey, len(key))
	}
	return &Signing{u, key}, nil
}

// Wrap returns the store with signed URLs. It is for the option [Wrap].
func (s *Signing) Wrap(store Store) Store { return &signedStore{store, s} }

// signedStore is a store whose URLs are signed here.
type signedStore struct {
	Store
	signing *Signing
}

// Abilities implements [Store].
func (s *signedStore) Abilities() Abilities {
	a := s.Store.Abilities()
	a.SignedURL = true
	return a
}

// Copy implements [Copier]; it is called where the store below is one.
func (s *signedStore) Copy(ctx context.Context, to, from string, o Put) (Info, error) {
	return s.Store.(Copier).Copy(ctx, to, from, o)
}

// SignedURL implements [Signer]. The URL is good for the tenant of the context alone.
func (s *signedStore) SignedURL(ctx context.Context, method, key string, valid time.Duration) (string, error) {
	tenant, _ := bindings.Tenant(ctx)
	grant := grant{method: method, key: key, tenant: tenant, until: time.Now().Add(valid).Unix()}
	u := *s.signing.base
	u.RawQuery = s.signing.query(grant).Encode()
	return u.String(), nil
}

// grant is what a URL allows.
type grant struct {
	method, key, tenant string
	until               int64 // in seconds since 1970
}

// The parameters of a signed URL.
const (
	paramKey       = "key"
	paramMethod    = "method"
	paramSignature = "signature"
	paramTenant    = "tenant"
	paramUntil     = "until"
)

func (s *Signing) query(g grant) url.Values {
	q := url.Values{paramKey: {g.key}, paramMethod: {g.method}, paramUntil: {strconv.FormatInt(g.until, 10)}, paramSignature: {s.signature(g)}}
	if g.tenant != "" {
		q.Set(paramTenant, g.tenant)
	}
	return q
}

// signature signs all of a grant and what it is for. Each part comes with its length, so that no
// two grants look the same.
func (s *Signing) signature(g grant) string {
	mac := hmac.New(sha256.New, s.key)
	for _, part := range []string{"instrument blob 1", s.base.String(), g.method, g.key, g.tenant, strconv.FormatInt(g.until, 10)} {
		fmt.Fprintf(mac, "%d:%s", len(part), part)
	}
	return hex.EncodeToString(mac.Sum(nil))
}

// granted returns what a query allows now, and false if it was not signed here or is over.
func (s *Signing) granted(q url.Values) (grant, bool) {
	until, err := strconv.ParseInt(q.Get(paramUntil), 10, 64)
	g := grant{method: q.Get(paramMethod), key: q.Get(paramKey), tenant: q.Get(paramTenant), until: until}
	signed := hmac.Equal([]byte(q.Get(paramSignature)), []byte(s.signature(g)))
	return g, err == nil && signed && time.Now().Before(time.Unix(until, 0))
}
