package provider_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/provider"
)

// Everything that this project's providers declare can be declared by others, in JSON.
func TestParse(t *testing.T) {
	got, err := provider.Parse([]byte(`{
  "name": "shelf",
  "doc": "shelves of a warehouse",
  "system": "shelf",
  "schemes": ["shelf", "shelf+old"],
  "kinds": [
    {"kind": "sql", "dialect": "shelfql", "abilities": ["strict-types"]},
    {"kind": "lock", "granularity": "1ms", "needs": {"text": "a gate", "schemes": ["shelf+old"]}},
    {"kind": "kv", "limit": "a box has 1 MB", "abilities": [
      "watch", "compare-and-swap", {"name": "ttl", "needs": {"text": "Shelf 2 or later"}}, {"name": "increment"}]}
  ],
  "options": [{"name": "aisle", "text": "which aisle; default 1", "type": "int", "with": "row", "aliases": ["lane"], "schemes": ["shelf"]},
    {"name": "row", "text": "which row"}],
  "urls": [{"example": "shelf://warehouse", "host": "required", "path": "optional", "hosts": true, "number": true, "user": true, "schemes": ["shelf"]},
    {"example": "shelf+old:"}]
}`))
	if err != nil {
		t.Fatal(err)
	}
	want := provider.Declaration{
		Name: "shelf", Doc: "shelves of a warehouse", System: "shelf", Schemes: []string{"shelf", "shelf+old"},
		Kinds: []provider.Kind{
			{Kind: bindings.KV, Limit: "a box has 1 MB", Abilities: []provider.Ability{{Name: "compare-and-swap"}, {Name: "increment"},
				{Name: "ttl", Needs: provider.Condition{Text: "Shelf 2 or later"}}, {Name: "watch"}}},
			{Kind: bindings.Lock, Granularity: time.Millisecond, Needs: provider.Condition{Text: "a gate", Schemes: []string{"shelf+old"}}},
			{Kind: bindings.SQL, Dialect: "shelfql", Abilities: []provider.Ability{{Name: "strict-types"}}},
		},
		Options: []bindings.Option{{Name: "aisle", Text: "which aisle; default 1", Type: bindings.TypeInt, With: "row", Aliases: []string{"lane"},
			Schemes: []string{"shelf"}}, {Name: "row", Text: "which row"}},
		URLs: []bindings.URLForm{{Example: "shelf://warehouse", Host: bindings.Required, Path: bindings.Optional, Hosts: true, Number: true, User: true,
			Schemes: []string{"shelf"}}, {Example: "shelf+old:"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	p := got.Provider(nil)
	if diff := cmp.Diff([]bindings.Kind{bindings.KV, bindings.Lock, bindings.SQL}, p.Kinds); diff != "" || p.Name != "shelf" || p.System != "shelf" {
		t.Errorf("the provider is %+v", p)
	}
}

// A declaration with mistakes says where each is, what the declaration must be, and how to get
// there. In the texts, § stands before the place of each.
func TestParseProblems(t *testing.T) {
	const head, kv = `{"name": "x", "doc": "x", "system": "x", "schemes": ["x"], `, `"kinds": [{"kind": "kv"}]`
	for _, c := range []struct {
		text string
		want []string
	}{
		{`§`, []string{`the file must be JSON: it ends too early (write an object, whose form bindings/README.md describes)`}},
		{`{"name": §`, []string{`the file must be JSON: it ends too early (write an object, whose form bindings/README.md describes)`}},
		{"{\n  \"name\": \"x\",\n  §doc: \"\"}", []string{
			`the file must be JSON: invalid character 'd' looking for beginning of object key string (write an object, whose form bindings/README.md describes)`}},
		{`§[]`, []string{`the declaration must be an object (write {"name": …})`}},
		{head + kv + `} §{}`, []string{`the file must have one object and nothing else (remove what comes after it)`}},
		{`§{"doc": "x", "system": §3, "schemes": §[], ` + kv + `}`, []string{
			`the declaration must have a member "name" (add it)`,
			`system must be a text that is not empty (write it in quotes)`,
			`schemes must be a list that is not empty (write at least one, in brackets)`}},
		{head + `§"kindes": [], ` + kv + `}`, []string{`the declaration must not have a member "kindes" (did you mean "kinds"?)`}},
		{head + kv + ", \n§\"kinds\": [{\"kind\": \"kv\"}]}", []string{`the declaration must have its member "kinds" once (remove one of them)`}},
		{head + `"kinds": [{"kind": §"kvv"}, {"kind": §"queue"}]}`, []string{
			`"kvv" must be a known kind (did you mean "kv"?)`,
			`"queue" must be a known kind (there are: blob, config, kv, lock, secret, service, sql, topic, workflow)`}},
		{head + `"kinds": [{"kind": "kv"}, {"kind": §"kv"}]}`, []string{`kind "kv" must be declared once (remove one of them)`}},
		{head + `"kinds": [{"abilities": [§"watch", "sorted", §"sorted"], "kind": "blob"}, {"kind": "lock", "abilities": [{"name": §"fast"}]}]}`, []string{
			`"watch" must be a known ability of blob (there are: copy, if-absent, read-your-writes, signed-url, sorted)`,
			`ability "sorted" must be declared once (remove one of them)`,
			`"fast" must be a known ability of lock (remove it: there are none)`}},
		{head + kv + `, "options": [{"name": "a", "text": "x", "type": §"integer"}], "urls": [{"example": "x:", "host": §"maybe", "user": §"yes"}, §{}]}`, []string{
			`"integer" must be a known type of an option (there are: bool, duration, float, hosts, int, size)`,
			`"maybe" must be a known host (there are: absent, optional, required)`,
			`user must be true or false (write it without quotes)`,
			`a form of URLs must have a member "example" (add it)`}},
		{head + `"kinds": [{"kind": "kv", "granularity": §"soon"}]}`, []string{
			`granularity must be a duration, which "soon" is not (write it as 1s or 1ms, or leave it out where times are exact)`}},
		{head + `"kinds": [{"kind": "kv", "needs": §{"schemes": [§"y"]}}]}`, []string{
			`a condition must have a member "text" (add it)`,
			`it must be about schemes of the provider, which "y" is not (schemes of the provider: x)`}},
		{strings.Replace(head, `["x"]`, `[§"X:", "x", §"x"]`, 1) + kv + `}`, []string{
			`"X:" must be the scheme of a URL (write lower-case letters, digits, +, - and ., without the colon)`,
			`scheme "x" must be declared once (remove one of them)`}},
		{head + kv + `, "options": [{"name": §"ttl", "text": "x"}, {"name": "a", "text": §""}, {"name": §"a", "text": "x"}]}`, []string{
			`option "ttl" must not be declared: every binding has it (remove it, or give it another name)`,
			`text must be a text that is not empty (write it in quotes)`,
			`option "a" must be declared once (remove one of them)`}},
	} {
		var want []string
		parts := strings.Split(c.text, "§")
		for i, text := range c.want {
			before := strings.Join(parts[:i+1], "")
			want = append(want, fmt.Sprintf("provider.json:%d:%d: %s", strings.Count(before, "\n")+1, len(before)-strings.LastIndex(before, "\n"), text))
		}
		_, err := provider.Parse([]byte(strings.Join(parts, "")))
		if err == nil {
			t.Errorf("%s: nothing is wrong, want %q", c.text, c.want)
		} else if diff := cmp.Diff(want, strings.Split(err.Error(), "\n")); diff != "" {
			t.Errorf("%s\n%s", c.text, diff)
		}
	}
}
