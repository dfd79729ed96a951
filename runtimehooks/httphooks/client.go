package httphooks

import (
	"io"
	"net/http"
	"net/url"
	"reflect"
)

// The functions here are called in place of the methods of http.Client, as [Rules] say. Each works
// on a copy of the client that has our transport around the client's own: the client stays as it
// is, and so does http.DefaultTransport, whose type others rely on.

// ClientDo is (*http.Client).Do, with a client span for each request that is sent, redirects
// included; likewise the functions below.
func ClientDo(c *http.Client, req *http.Request) (*http.Response, error) {
	return instrumentedClient(c).Do(req)
}

// ClientGet is (*http.Client).Get.
func ClientGet(c *http.Client, url string) (*http.Response, error) {
	return instrumentedClient(c).Get(url)
}

// ClientHead is (*http.Client).Head.
func ClientHead(c *http.Client, url string) (*http.Response, error) {
	return instrumentedClient(c).Head(url)
}

// ClientPost is (*http.Client).Post.
func ClientPost(c *http.Client, url, contentType string, body io.Reader) (*http.Response, error) {
	return instrumentedClient(c).Post(url, contentType, body)
}

// ClientPostForm is (*http.Client).PostForm.
func ClientPostForm(c *http.Client, url string, data url.Values) (*http.Response, error) {
	return instrumentedClient(c).PostForm(url, data)
}

// Get is http.Get, with a client span.
func Get(url string) (*http.Response, error) { return instrumentedClient(http.DefaultClient).Get(url) }

// Head is http.Head, with a client span.
func Head(url string) (*http.Response, error) {
	return instrumentedClient(http.DefaultClient).Head(url)
}

// Post is http.Post, with a client span.
func Post(url, contentType string, body io.Reader) (*http.Response, error) {
	return instrumentedClient(http.DefaultClient).Post(url, contentType, body)
}

// PostForm is http.PostForm, with a client span.
func PostForm(url string, data url.Values) (*http.Response, error) {
	return instrumentedClient(http.DefaultClient).PostForm(url, data)
}

// instrumentedClient returns a copy of the client that writes spans. A client whose transport does
// so already is returned as it is.
func instrumentedClient(c *http.Client) *http.Client {
	t := c.Transport
	if t != nil {
		if _, ours := t.(*transport); ours || reflect.TypeOf(t).String() == "*otelhttp.Transport" {
			return c
		}
	}
	client := *c
	client.Transport = &transport{t}
	return &client
}

// Transport returns a transport around another, nil for http.DefaultTransport, that writes a client
// span for each request, measures it, and sends the trace with it.
func Transport(base http.RoundTripper) http.RoundTripper { return &transport{base} }
