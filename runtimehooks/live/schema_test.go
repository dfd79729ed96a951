package live

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/instrumentgo/instrument/aspects"
	"github.com/instrumentgo/instrument/internal/option/schema"
	"github.com/instrumentgo/instrument/runtimehooks"
	"github.com/instrumentgo/instrument/runtimehooks/internal/process"
)

var update = flag.Bool("update", false, "rewrite policy.schema.json")

// The shipped schema is made from what overrides may change: an editor must not offer what the
// program refuses.
func TestSchemaIsCurrent(t *testing.T) {
	text, err := json.MarshalIndent(generate(), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	text = append(text, '\n')
	if *update {
		if err := os.WriteFile("policy.schema.json", text, 0o666); err != nil {
			t.Fatal(err)
		}
	} else if !bytes.Equal(text, Schema()) {
		t.Error("policy.schema.json is stale: run go test ./runtimehooks/live -update")
	}
}

type object = schema.Object

func generate() object {
	properties := object{"enabled": object{"type": "boolean", "description": "false disables all aspects but authz, validate and idempotent"}}
	definitions := object{
		"duration": schema.Duration(),
		"entries":  object{"type": []string{"object", "null"}, "additionalProperties": object{"$ref": "#/$defs/aspects"}},
		"aspects": object{
			"type": []string{"object", "null"}, "properties": properties, "propertyNames": object{"not": object{"const": "*"}},
			"additionalProperties": object{"$ref": "#/$defs/advice"},
		},
		"advice": object{
			"type": "object", "description": "custom advice, by its name", "additionalProperties": false,
			"properties": object{"enabled": object{"type": "boolean"}}, "required": []string{"enabled"},
		},
	}
	for _, a := range runtimehooks.Overridable() {
		properties[a.Name] = aspectSchema(a)
	}
	entries := object{"$ref": "#/$defs/entries"}
	return object{
		"$schema":     "https://json-schema.org/draft/2020-12/schema",
		"title":       "Live policy of instrument",
		"description": "What overrides the options of woven functions while the program runs. A site beats a name, a name a stack, and a stack the site \"*\".",
		"type":        []string{"object", "null"}, "additionalProperties": false,
		"properties": object{
			"sites":  described(entries, "by function, such as example.com/shop/orders.(*Service).PlaceOrder; \"*\" for all"),
			"names":  described(entries, "by the name of a limit, breaker or bulkhead"),
			"stacks": described(entries, "by stack"),
		},
		"$defs": definitions,
	}
}

func described(o object, text string) object {
	return object{"allOf": []object{o}, "description": text}
}

func aspectSchema(a runtimehooks.OverridableAspect) object {
	enabled := object{"type": "boolean"}
	if a.Required != "" {
		enabled = object{"const": true, "description": "it cannot be disabled: " + a.Required}
	}
	properties := object{"enabled": enabled}
	definition, _ := aspects.Lookup(a.Name)
	for _, o := range a.Options {
		known, _ := definition.Option(o.Name)
		s := schema.Option(known.Spec)
		s["description"] = known.Doc
		properties[o.Name] = s
	}
	s := schema.Aspect(a.Name, properties)
	s["type"], s["description"] = []string{"object", "null"}, definition.Title
	return s
}

// The schema and the program must agree about every file, apart from what only the program knows:
// its sites. Otherwise an editor calls a file fine that the program refuses, or the other way
// round.
func TestSchemaAgrees(t *testing.T) {
	compiler := jsonschema.NewCompiler()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema()))
	if err != nil {
		t.Fatal(err)
	}
	if err := compiler.AddResource("policy.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	compiled, err := compiler.Compile("policy.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	for good, texts := range map[bool][]string{true: append(goodValues(), goodFiles...), false: append(badValues(), badFiles...)} {
		for _, text := range texts {
			if problems := judge(t, text); (len(problems) == 0) != good {
				t.Errorf("the program finds %v, want good: %t, in\n%s", problems, good, text)
			}
			var value any
			if err := yaml.Unmarshal([]byte(text), &value); err != nil {
				t.Fatalf("%v in\n%s", err, text)
			}
			asJSON, err := json.Marshal(value) // an error for .nan, which JSON does not have
			if err == nil {
				instance, _ := jsonschema.UnmarshalJSON(bytes.NewReader(asJSON))
				err = compiled.Validate(instance)
			}
			if (err == nil) != good {
				t.Errorf("the schema finds %v, want good: %t, in\n%s", err, good, text)
			}
		}
	}
}

// judge returns the problems of a file as long as sites may be unknown, and takes it out of effect
// again.
func judge(t *testing.T, text string) []problem {
	t.Helper()
	d := parse([]byte(text))
	if len(d.problems) > 0 {
		return d.problems
	}
	process.SetInitializing(true)
	defer process.SetInitializing(false)
	defer clearLayer(t)
	return d.locate(runtimehooks.Policies().Layer(process.FileLayer, d.overrides))
}

var goodFiles = []string{
	"", "# nothing\n", "{}", "sites:\n", "names:\n  payments:\n", "stacks: {server: {timeout: }}",
	"sites: {\"*\": {enabled: false}}", "names: {5: {breaker: {enabled: true}}}",
	"sites: {a.F: {audit: {enabled: false}}}", "sites: {a.F: {authz: {enabled: true}}}",
	"sites:\n  a.F: &f\n    retry: {attempts: 0x5}\n  a.G: *f\n",
	"stacks: {a: {breaker: {rate: 1, window: 30s, min: 5, slow: 1s, slowrate: 1.0}}}",
}

var badFiles = []string{
	"5", "[]", "site: {}", "sites: 5", "sites: []", "sites: {a.F: 5}", "sites: {a.F: [retry]}", "sites: {a.F: {retry: 5}}",
	"sites: {a.F: {enabled: no}}", "sites: {a.F: {enabled: \"true\"}}", "sites: {a.F: {enabled: }}", "sites: {a.F: {enabled: {}}}",
	"sites: {a.F: {\"*\": {enabled: true}}}", "sites: {a.F: {audit: {level: 5}}}", "sites: {a.F: {audit: }}", "sites: {a.F: {audit: {}}}", "sites: {a.F: {audit: {enabled: 1}}}",
	"sites: {a.F: {authz: {enabled: false}}}", "sites: {a.F: {validate: {enabled: false}}}", "sites: {a.F: {idempotent: {enabled: false}}}",
	"sites: {a.F: {retry: {if: IsTransient}}}", "sites: {a.F: {retry: {on: [io.EOF]}}}", "sites: {a.F: {retry: {attemps: 5}}}",
	"sites: {a.F: {breaker: {name: other}}}", "sites: {a.F: {trace: {name: other}}}", "sites: {a.F: {limit: {key: x}}}",
	"sites: {a.F: {breaker: {rate: 0.5, failures: 3}}}",
}

// samples are values by kind, in YAML, that are good and bad whatever the bounds.
var samples = map[runtimehooks.OptionKind]struct{ good, bad []string }{
	runtimehooks.KindBool:     {[]string{"true", "false"}, []string{"yes", "1", "\"true\"", "[]", ""}},
	runtimehooks.KindInt:      {nil, []string{"x", "\"5\"", "1.5", "5s", "true", "-1", "[5]", "{}", ""}},
	runtimehooks.KindFloat:    {nil, []string{"x", "\"0.5\"", "true", "-1", ".nan", ".inf", "[1]", ""}},
	runtimehooks.KindDuration: {[]string{"1s", "\"1s\"", "1.5h", "1m30s", "50ms", "+2us"}, []string{"5", "1.5", "s", "1", "1d", "-1s", "true", "1s 2s", "[1s]", "\"\"", ""}},
	runtimehooks.KindLevel:    {[]string{"debug", "info", "warn", "error", "\"warn\""}, []string{"trace", "5", "INFO", "[info]", ""}},
	runtimehooks.KindString:   {nil, []string{"other", "5", "\"\"", "[]", ""}},
	runtimehooks.KindRate:     {[]string{"1/s", "100/m", "5/h", "20/10s", "7/1m30s", "1/0.5s", "1/1.05s"}, []string{"5", "100", "100/d", "0/s", "-1/s", "1/0s", "1/", "/s", "1/s/s", "1.5/s", "true", ""}},
	runtimehooks.KindWindow:   {[]string{"1", "20", "100000", "30s", "1m", "20.0"}, []string{"0", "-1", "100001", "\"20\"", "0s", "-30s", "1.5", "x", "true", ""}},
}

func goodValues() []string { return values(true) }
func badValues() []string  { return values(false) }

// values are files that set each option to each sample, and to what is within the bounds or not.
func values(good bool) []string {
	var files []string
	for _, a := range runtimehooks.Overridable() {
		for _, o := range a.Options {
			list := samples[o.Kind].bad
			if good {
				list = samples[o.Kind].good
			}
			for _, v := range append(slices.Clone(list), edges(o, good)...) {
				files = append(files, "stacks: {server: {"+a.Name+": {"+o.Name+": "+v+"}}}")
			}
		}
	}
	return files
}

// edges are the values at the bounds of an option, and those next to them.
func edges(o runtimehooks.OverridableOption, good bool) (list []string) {
	low, open := strings.CutPrefix(o.Min, ">")
	add := func(is bool, v string) {
		if is == good {
			list = append(list, v)
		}
	}
	switch {
	case o.Kind == runtimehooks.KindWindow || o.Kind == runtimehooks.KindRate:
	case o.Kind == runtimehooks.KindDuration:
		add(!open, "0s")
		add(!open, "0")
		add(!open, "\"0\"")
		add(true, "1ns")
	case len(o.OneOf) > 0:
		for _, word := range o.OneOf {
			add(true, word)
		}
	default:
		if o.Min != "" {
			add(!open, low)
			add(false, "-1")
		}
		if o.Max != "" {
			add(true, o.Max)
			add(true, o.Max+".0")
			add(false, o.Max+"1")
		}
	}
	return list
}
