package live

import (
	"strings"
	"testing"

	"github.com/instrumentgo/instrument/runtimehooks"
	"github.com/instrumentgo/instrument/runtimehooks/internal/process"
)

// Each mistake must be told at its line and column, all of them in one go.
func TestPositions(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"sites: [", `p.yaml:1:8: sequence end token ']' not found`},
		{"sites:\n  a: {b: {c: 1}\n", `p.yaml:2:6: could not find flow mapping end token '}'`},
		{"sites:\n\ta: 1\n", `p.yaml:2:1: found character '` + "\t" + `' that cannot start any token`},
		{"stacks:\n  server:\n    retry: {attempts: 4}\n  server:\n    retry: {attempts: 5}\n", `p.yaml:4:3: mapping key "server" already defined at [2:3]`},
		{"stacks: {}\n---\nstacks: {}\n", `p.yaml:3:7: file must hold one document`},
		{"- 1\n", `p.yaml:1:1: file must be a mapping`},
		{"site:\n  x: {}\n", `p.yaml:1:1: key must be sites, names or stacks, not "site"`},
		{"stacks:\n  server: 5\n", `p.yaml:2:11: server must be a mapping`},
		{"stacks:\n  server:\n    retry: fast\n", `p.yaml:3:12: retry must be a mapping`},
		{"stacks:\n  server:\n    \"*\": {enabled: false}\n", `p.yaml:3:5: key must be an aspect or enabled, not "*" (write enabled by itself, without an aspect)`},
		{"stacks:\n  server:\n    retry:\n      attempts: \"5\"\n", `p.yaml:4:17: attempts of retry must be a whole number, not the text "5"`},
		{"stacks:\n  server:\n    retry:\n      attempts: [5]\n", `p.yaml:4:17: attempts of retry must be a whole number, not a list, mapping or tagged value`},
		{"stacks:\n  server:\n    retry:\n      attempts: !!str 5\n", `p.yaml:4:17: attempts of retry must be a whole number, not a list, mapping or tagged value`},
		{"stacks:\n  server:\n    enabled: no\n", `p.yaml:3:14: enabled must be true or false, not the text "no"`},
		{"stacks:\n  server:\n    retry:\n      attempts:\n", `p.yaml:4:17: attempts of retry must be a whole number, not ""`},
		{"stacks:\n  server:\n    retry:\n      attempts: 1000 # many\n", `p.yaml:4:17: attempts of retry must be at least 1 and at most 100, not 1000`},
		{"stacks:\n  server:\n    retry: {attemps: 5, if: IsTransient}\n", `p.yaml:3:13: retry has no option "attemps" (did you mean "attempts"?)
p.yaml:3:25: if of retry cannot be overridden: it is part of the woven code (change the directive or rule, and build again)`},
		{"stacks:\n  server: *base\n", `p.yaml:2:11: alias must name an anchor that stands before it, not "base"`},
		{"stacks:\n  server: &base\n    <<: {enabled: false}\n", `p.yaml:3:5: key must not be a merge key (write the keys out, or let the whole value be an alias)`},
		{"names:\n  payments:\n    authz: {enabled: false}\n", `p.yaml:3:22: authz cannot be disabled: what it guards would be open to everybody`},
		{"sites:\n  ? example.com/shop.Helth\n  : enabled: false\n", `p.yaml:2:5: site must be a function that is woven, not "example.com/shop.Helth" (did you mean "example.com/shop.Health"?)`},
		{"sites:\n  example.com/shop.Health:\n    breaker: {probes: 2}\n", `p.yaml:3:5: breaker must be an aspect that the site was built with (it has trace)`},
		{"\xef\xbb\xbfsites:\r\n  example.com/shop.Health:\r\n    trace: {kind: x}\r\n", `p.yaml:3:19: kind of trace must be internal, server, client, producer or consumer, not "x"`},
	} {
		d := parse([]byte(c.text))
		problems := d.problems
		if len(problems) == 0 {
			problems = d.locate(runtimehooks.Policies().Layer(process.FileLayer, d.overrides))
		}
		var lines []string
		for _, p := range problems {
			lines = append(lines, p.text("p.yaml"))
		}
		if got := strings.Join(lines, "\n"); got != c.want {
			t.Errorf("%s\nsays %s\nwant %s", c.text, got, c.want)
		}
	}
}

// YAML has many ways to write one thing.
func TestForms(t *testing.T) {
	for _, text := range []string{
		"stacks: {server: {retry: {attempts: 5, initial: 1ms}, enabled: true}}",
		"stacks:\n  server:\n    enabled: True\n    retry:\n      attempts: 0x5\n      initial: '1ms'\n",
		"{\"stacks\": {\"server\": {\"enabled\": true, \"retry\": {\"attempts\": 5, \"initial\": \"1ms\"}}}}",
		"---\n# about\nstacks:\n  server: {retry: &r {attempts: 5, initial: &i 1ms}, enabled: true}\n...\n",
		"names: &n\n  payments: &e {retry: {attempts: 5, initial: 1ms}, enabled: true}\nstacks: {server: *e}\n",
		"stacks:\n  ? server\n  : retry:\n      attempts: 5.0\n      initial: >-\n        1ms\n    enabled: true\n",
	} {
		d := parse([]byte(text))
		server := d.overrides.Stacks["server"]
		if len(d.problems) > 0 || server["retry"]["attempts"] != "5" || server["retry"]["initial"] != "1ms" || server["*"]["enabled"] != "true" {
			t.Errorf("%s\nis %v, %v", text, d.overrides, d.problems)
		}
	}
}

// No file, whatever is in it, may end the program.
func FuzzParse(f *testing.F) {
	for _, text := range append(goodFiles, badFiles...) {
		f.Add(text)
	}
	for _, text := range []string{"? ", "&a *a", "- - -", "{a: &b {c: *b}}", "sites: &a\n  x: *a\n", "|", "!!", "%YAML 1.2\n---\n", "\"", "{", "[[[[", "a: b: c"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, p := range parse([]byte(text)).problems {
			if p.message == "" {
				t.Errorf("%q has a problem without a message", text)
			}
		}
		judge(t, text)
	})
}
