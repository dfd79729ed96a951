package blobtest

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/blob"
	"github.com/instrumentgo/instrument/bindings/provider/providertest"
)

// signed makes a case of URLs that the service signs and serves itself, for any provider. request
// does a request without a network, since a case may run with a fake clock.
func signed(name string, run func(t *testing.T, f *fixture, b blob.Bucket, request requester)) testCase {
	return testCase{name, func(t *testing.T, f *fixture, _ blob.Bucket) {
		signing, err := blob.NewSigning("https://shop.example/objects", []byte("a key of 16 bytes or more"))
		if err != nil {
			t.Fatal(err)
		}
		b := f.bucket(t, tenants, blob.Wrap(signing.Wrap))
		handler := signing.Handler(b)
		run(t, f, b, func(method, target, body string, header ...string) (int, string) {
			r := httptest.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body))
			for i := 0; i < len(header); i += 2 {
				r.Header.Set(header[i], header[i+1])
			}
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, r)
			text, err := io.ReadAll(w.Result().Body)
			if err != nil {
				t.Fatal(err)
			}
			return w.Code, string(text)
		})
	}}
}

type requester func(method, target, body string, header ...string) (status int, text string)

// sign makes a URL for tenant a.
func sign(t *testing.T, ctx context.Context, b blob.Bucket, method, key string) string {
	t.Helper()
	u, err := b.SignedURL(bindings.WithTenant(ctx, "a"), method, key, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

var signedCases = []testCase{
	signed("who has a signed url reads the object", func(t *testing.T, f *fixture, b blob.Bucket, request requester) {
		ctx := bindings.WithTenant(f.Ctx, "a")
		content := pattern(300 << 10)
		if _, err := b.WriteAll(ctx, "a/ä\x00*", []byte(content), blob.ContentType("text/plain")); err != nil {
			t.Fatal(err)
		}
		u := sign(t, f.Ctx, b, "GET", "a/ä\x00*")
		if status, text := request("GET", u, ""); status != http.StatusOK || text != content {
			t.Errorf("get is %d with %d bytes", status, len(text))
		}
		if status, text := request("GET", u, "", "Range", "bytes=200000-200004"); status != http.StatusPartialContent ||
			text != content[200000:200005] {
			t.Errorf("get of a part is %d %q", status, text)
		}
		if status, text := request("HEAD", u, ""); status != http.StatusOK || text != "" {
			t.Errorf("head is %d %q", status, text)
		}
		if status, _ := request("GET", sign(t, f.Ctx, b, "GET", "nothing"), ""); status != http.StatusNotFound {
			t.Errorf("get of nothing is %d", status)
		}
	}),
	signed("who has a signed url writes the object", func(t *testing.T, f *fixture, b blob.Bucket, request requester) {
		u := sign(t, f.Ctx, b, "PUT", "k")
		if status, text := request("PUT", u, "content", "Content-Type", "text/csv"); status != http.StatusNoContent {
			t.Fatalf("put is %d %q", status, text)
		}
		ctx := bindings.WithTenant(f.Ctx, "a")
		if got, err := b.ReadAll(ctx, "k"); err != nil || string(got) != "content" {
			t.Errorf("object is %q, %v", got, err)
		}
		if info, err := b.Stat(ctx, "k"); err != nil || info.ContentType != "text/csv" {
			t.Errorf("stat is %+v, %v", info, err)
		}
	}),
	signed("a signed url is good for what it says alone", func(t *testing.T, f *fixture, b blob.Bucket, request requester) {
		for _, key := range []string{"k", "other"} {
			for _, tenant := range []string{"a", "b"} {
				if _, err := b.WriteAll(bindings.WithTenant(f.Ctx, tenant), key, []byte("of "+tenant)); err != nil {
					t.Fatal(err)
				}
			}
		}
		good := sign(t, f.Ctx, b, "GET", "k")
		if status, text := request("GET", good, ""); status != http.StatusOK || text != "of a" {
			t.Fatalf("get is %d %q", status, text)
		}
		for name, value := range map[string]string{"key": "other", "tenant": "b", "method": "PUT", "until": "99999999999", "signature": "00"} {
			u, err := url.Parse(good)
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range []string{value, ""} {
				q := u.Query()
				if q.Set(name, v); v == "" {
					q.Del(name)
				}
				u.RawQuery = q.Encode()
				if status, text := request("GET", u.String(), ""); status != http.StatusForbidden {
					t.Errorf("get with %s %q is %d %q", name, v, status, text)
				}
			}
		}
		for _, method := range []string{"PUT", "DELETE", "POST"} {
			if status, _ := request(method, good, "stolen"); status != http.StatusForbidden {
				t.Errorf("%s with a url for GET is %d", method, status)
			}
		}
	}),
	signed("a signed url ends", func(t *testing.T, f *fixture, b blob.Bucket, request requester) {
		ctx := bindings.WithTenant(f.Ctx, "a")
		if _, err := b.WriteAll(ctx, "k", []byte("content")); err != nil {
			t.Fatal(err)
		}
		u, err := b.SignedURL(ctx, "GET", "k", time.Nanosecond)
		if err != nil {
			t.Fatal(err)
		}
		if status, text := request("GET", u, ""); status != http.StatusForbidden {
			t.Errorf("get is %d %q", status, text)
		}
		_, err = b.SignedURL(ctx, "DELETE", "k", time.Hour)
		providertest.Code(t, "sign for DELETE", err, bindings.FailedPrecondition)
		_, err = b.SignedURL(ctx, "GET", "k", 0)
		providertest.Code(t, "sign for no time", err, bindings.FailedPrecondition)
		_, err = b.SignedURL(f.Ctx, "GET", "k", time.Hour)
		providertest.Code(t, "sign without a tenant", err, bindings.FailedPrecondition)
	}),
}
