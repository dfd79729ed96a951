package httphooks

import (
	"net/url"
	"slices"
	"strings"
)

// redacted are the keys of a query whose values telemetry does not show: the four that the semantic
// conventions list, and the usual names of credentials.
var redacted = []string{
	"AWSAccessKeyId", "Signature", "sig", "X-Goog-Signature",
	"access_token", "api_key", "apikey", "client_secret", "code", "id_token", "key", "passwd", "password", "refresh_token", "secret", "token",
}

// query returns a raw query without the values of redacted keys.
func query(raw string) string {
	if !strings.Contains(raw, "=") {
		return raw
	}
	pairs := strings.Split(raw, "&")
	changed := false
	for i, pair := range pairs {
		key, _, ok := strings.Cut(pair, "=")
		if !ok {
			continue
		}
		name, err := url.QueryUnescape(key)
		if err != nil {
			name = key
		}
		if slices.ContainsFunc(redacted, func(r string) bool { return strings.EqualFold(r, name) }) {
			pairs[i], changed = key+"=REDACTED", true
		}
	}
	if !changed {
		return raw
	}
	return strings.Join(pairs, "&")
}

// fullURL returns a URL without credentials and fragment, for telemetry.
func fullURL(u *url.URL) string {
	shown := *u
	shown.RawQuery = query(u.RawQuery)
	shown.Fragment, shown.RawFragment = "", ""
	if u.User != nil {
		shown.User = url.UserPassword("REDACTED", "REDACTED")
	}
	return shown.String()
}
