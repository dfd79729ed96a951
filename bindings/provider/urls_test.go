package provider_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/provider"
)

// all are the providers of this project, as Check knows them.
func all() (list []*bindings.Provider) {
	for _, d := range provider.All() {
		list = append(list, d.Provider(nil))
	}
	return list
}

// problem returns what Check says of an environment with one binding.
func problem(url string, options map[string]bindings.Value) string {
	err := bindings.Check(bindings.Environment{Namespace: "orders", Bindings: []bindings.Binding{{Name: "x", URL: url, Options: options},
		{Name: "registry", URL: "mem:"}, {Name: "pw", URL: "env:PW"}}}, all()...)
	if errors.Is(err, nil) {
		return ""
	}
	return strings.TrimPrefix(err.Error(), "open x: ")
}

// A URL that goes elsewhere than it says, or to a default that nobody has written, is an error that
// shows how it is written, before anything is opened.
func TestURLs(t *testing.T) {
	const (
		slashes  = "the url must have // after "
		host     = "the url must have a host: write it as "
		noHost   = "the url must have no host, which it has after //: write it as "
		noPath   = "the url must have no path: write it as "
		needPath = "the url must have a path: write it as "
	)
	for url, want := range map[string]string{
		"redis:cache.internal:6379": slashes + "redis:: write it as redis://cache.internal:6379/0",
		"redis:cache.internal":      slashes + "redis:",
		"redis:user:hunter2@cache":  slashes + "redis:",
		"redis:":                    host + "redis://cache.internal:6379/0",
		"redis://":                  host,
		"redis:///0":                host,
		"redis:/0":                  host,
		"redis://:6379":             `the url must have hosts such as db.internal or db.internal:1234, which ":6379" is not`,
		"redis://c/x":               "the url must have a number as its path",
		"redis://c/-1":              "the url must have a number as its path",
		"redis://c/0/1":             "the url must have a number as its path",
		"redis://c:0":               `the port of "c:0" must be from 1 to 65535`,
		"redis://c:65536":           `the port of "c:65536" must be from 1 to 65535`,
		"redis://c,d":               "the url must have one host: write it as redis://cache.internal:6379/0",
		"redis://$HOST:6379":        `which "$HOST:6379" is not`,
		"redis://{{host}}:6379":     "parse url: invalid character",
		"redis://${HOST}:6379":      "the url must not have the variable ${HOST}: nothing replaces it",
		"redis://c:6379?pool=${N}":  "the url must not have the variable ${N}",
		"redis://${HOST:-c}:6379":   "the url must not have the variable ${HOST:-c}",
		"redis://c#0":               "the url must not have a #",
		"redis://u:p/hunter2@c":     "parse url: invalid port (in a user or a password, write %40 for @",
		"rediss:c:6380":             slashes + "rediss:: write it as rediss://cache.internal:6379/0",
		"nats:bus.internal:4222":    slashes + "nats:",
		"nats://":                   host + "nats://bus.internal:4222",
		"nats://b/x":                noPath + "nats://bus.internal:4222",
		"nats://b:1,:2":             `which ":2" is not`,
		"nats://b:1,":               `which "" is not`,
		"tls+nats:b:4222":           slashes + "tls+nats:: write it as tls+nats://bus.internal:4222",
		"nats+embedded://x/y":       noHost + "nats+embedded: or nats+embedded:path",
		"postgres:o@db/orders":      slashes + "postgres:",
		"postgres://":               host + "postgres://orders@db.internal:5432/orders",
		"postgres:///orders":        host,
		"postgresql:db/orders":      slashes + "postgresql:",
		"sqlite://shop.db":          noHost + "sqlite:path or sqlite:///path",
		"sqlite://x/shop.db":        noHost,
		"file:":                     needPath + "file:path or file:///path",
		"file://":                   needPath,
		"file://data/shop.db":       noHost,
		"mem://foo":                 noHost + "mem: or mem:place",
		"env://KEY":                 noHost + "env:NAME",
		"http:payments:8080":        slashes + "http:: write it as http://payments.internal:8080",
		"http://":                   host,
		"https:///pay":              host,
		"http://u:hunter2@payments": "the url must have neither user nor password",
		"local:pay":                 noPath + "local:",
		"local://pay":               noHost,
		"registry:registry/pay":     slashes + "registry:",
		"registry://registry":       needPath + "registry://registry/payments",
		"redis://c/0":               "",
		"redis://u:p%40@c:6379":     "",
		"redis://[::1]:6379/2":      "",
		"redis://[fe80::1%25eth0]":  "",
		"redis://redis_cache":       "",
		"nats://a:4222,b:4223,c":    "",
		"nats://token@[::1]:1,b":    "",
		"nats+embedded:":            "",
		"nats+embedded:data/bus":    "",
		"nats+embedded:/data/bus":   "",
		"postgres://u:p@a:1,b:2/db": "",
		"postgresql://u@db/orders":  "",
		"postgres://db":             "",
		"sqlite:":                   "",
		"sqlite::memory:":           "",
		"sqlite:shop.db":            "",
		"sqlite:///var/shop.db":     "",
		"file:data":                 "",
		"file:///data":              "",
		"mem:":                      "",
		"mem:place":                 "",
		"mem://":                    "",
		"env:":                      "",
		"env:KEY":                   "",
		"http://a:8080/pay":         "",
		"local:":                    "",
		"registry://registry/pay":   "",
	} {
		got := problem(url, nil)
		if want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%s: the problem is %q, want %q", url, got, want)
		}
		if strings.Contains(got, "hunter2") {
			t.Errorf("%s: a password is seen in %q", url, got)
		}
	}
}

// An option that cannot be right, or that would have no effect where somebody relies on it, is an
// error before anything is opened.
func TestOptions(t *testing.T) {
	text := func(s string) bindings.Value { return bindings.Value{Text: s} }
	for _, c := range []struct {
		url     string
		options map[string]bindings.Value
		want    string
	}{
		{"redis://c?pool=many", nil, `parse option pool: "many" must be a whole number`},
		{"sqlite:?sync=perhaps", nil, `parse option sync: "perhaps" must be true or false`},
		{"file:x?poll=5", nil, `parse option poll: "5" must be a duration such as 1.5s`},
		{"mem:?errors=often", nil, `parse option errors: "often" must be a number`},
		{"mem:?quota=much", nil, `parse option quota: "much" must be a size such as 64MiB`},
		{"http://a?also=b:x", nil, "parse option also: it must be hosts such as db.internal:1234, separated by commas"},
		{"redis://c?ca=ca.pem", nil, "option ca must not be set with a redis: URL, only with rediss: URLs"},
		{"nats://b?cert=c.pem&key=k.pem", nil, "option cert must not be set with a nats: URL, only with tls+nats: URLs"},
		{"http://a?ca=ca.pem", nil, "option ca must not be set with a http: URL, only with https:, registry: URLs"},
		{"local:?token=t", nil, "option token must not be set with a local: URL, only with http:, https:, registry: URLs"},
		{"nats+embedded:?creds=c", nil, "option creds must not be set with a nats+embedded: URL, only with nats:, tls+nats: URLs"},
		{"rediss://c?cert=c.pem", nil, "option cert must be set with option key"},
		{"rediss://c?key=c.pem", nil, "option key must be set with option cert"},
		{"postgres://d?sslrootcert=ca.pem", nil, `postgres has no option "sslrootcert" (here it is "ca")`},
		{"postgres://d?connect_timeout=3", nil, `postgres has no option "connect_timeout" (here it is "connect-timeout")`},
		{"redis://c", map[string]bindings.Value{"password": text("")}, "option password must not be empty"},
		{"redis://c", map[string]bindings.Value{"password": text("${PW}")}, "option password must not have the variable ${PW}"},
		{"mem:", map[string]bindings.Value{"password": text("x")}, "option password must not be set: URLs such as mem: or mem:place have neither user nor password"},
		{"rediss://c?connect-timeout=2s&ca=ca.pem", map[string]bindings.Value{"cert": {Secret: "pw"}, "key": {Secret: "pw"}}, ""},
		{"redis://c", map[string]bindings.Value{"password": text("$5 {x}")}, ""},
	} {
		got := problem(c.url, c.options)
		if c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%s %v: the problem is %q, want %q", c.url, c.options, got, c.want)
		}
	}
}
