package environment_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/environment"
	"github.com/instrumentgo/instrument/bindings/provider/mem"
)

var update = flag.Bool("update", false, "rewrite environment.schema.json")

// The shipped schema is made from what the program takes: an editor must not offer what Open refuses.
func TestSchemaIsCurrent(t *testing.T) {
	text, err := json.MarshalIndent(generate(), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	text = append(text, '\n')
	if *update {
		if err := os.WriteFile("environment.schema.json", text, 0o666); err != nil {
			t.Fatal(err)
		}
	} else if !bytes.Equal(text, environment.Schema()) {
		t.Error("environment.schema.json is stale: run go test ./bindings/environment -update")
	}
}

// object is a part of a schema.
type object = map[string]any

func generate() object {
	policies := object{}
	for _, rule := range bindings.PolicyRules() {
		policies[rule.Name] = policySchema(rule)
	}
	properties := object{
		"url":    object{"type": "string", "minLength": 1, "description": "its scheme names the provider"},
		"policy": object{"type": "object", "additionalProperties": false, "properties": policies, "description": "what is done around the operations"},
	}
	value := object{"$ref": "#/$defs/value"}
	for _, o := range bindings.CommonOptions() {
		properties[o.Name] = object{"allOf": []object{value}, "description": o.Text}
	}
	return object{
		"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Environment of instrument",
		"description": "Which provider gives each binding, by its logical name.",
		"type":        []string{"object", "null"},
		"additionalProperties": object{"anyOf": []object{
			{"type": []string{"string"}, "minLength": 1},
			{"type": "object", "required": []string{"url"}, "properties": properties, "additionalProperties": value},
		}},
		"$defs": object{
			"duration": object{"type": "string", "pattern": duration, "description": "such as 50ms, 2s or 1m30s"},
			"value": object{"anyOf": []object{{"type": []string{"string", "number", "boolean"}},
				{"type": "object", "additionalProperties": false, "required": []string{"secret"}, "properties": object{"secret": object{"type": "string", "minLength": 1}}}}},
		},
	}
}

// policySchema is a mapping of options, the own option's value, or nothing where no option must be given.
func policySchema(rule bindings.PolicyRule) object {
	options, required := object{}, []string{}
	var forms []object
	for _, o := range rule.Options {
		s := optionSchema(o)
		if o.Name == rule.Own {
			forms = append(forms, optionSchema(o))
		}
		s["description"] = o.Text
		if options[o.Name] = s; o.Required {
			required = append(required, o.Name)
		}
	}
	mapping := object{"type": "object", "additionalProperties": false, "properties": options, "required": required}
	if rule.Name == "breaker" {
		mapping["not"] = object{"required": []string{"failures", "rate"}}
	}
	if forms = append(forms, mapping); len(required) == 0 {
		forms = append(forms, object{"type": "null"})
	}
	return object{"anyOf": forms, "description": rule.Text}
}

// unsigned is a part of what time.ParseDuration reads.
const (
	unsigned = `([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h)`
	duration = `^\+?(0|(` + unsigned + `)+)$`
)

func optionSchema(o bindings.PolicyOptionRule) object {
	positive := object{"allOf": []object{{"$ref": "#/$defs/duration"}, {"pattern": "[1-9]"}}}
	switch o.Kind {
	case "duration":
		if strings.HasPrefix(o.Min, ">") {
			return positive
		}
		return object{"anyOf": []object{{"$ref": "#/$defs/duration"}, {"const": 0}}}
	case "window":
		return object{"anyOf": []object{bounded("integer", o), positive}}
	case "int":
		return bounded("integer", o)
	case "float":
		return bounded("number", o)
	}
	return object{"type": "string", "allOf": []object{
		{"pattern": `^\+?0*[1-9][0-9]*/`}, {"pattern": `^[^/]*/(s|m|h|\+?(` + unsigned + `)+)$`}, {"pattern": `/[smh]$|/.*[1-9]`}}}
}

func bounded(kind string, o bindings.PolicyOptionRule) object {
	s := object{"type": kind}
	if low, open := strings.CutPrefix(o.Min, ">"); open {
		s["exclusiveMinimum"] = json.Number(low)
	} else if low != "" {
		s["minimum"] = json.Number(low)
	}
	if o.Max != "" {
		s["maximum"] = json.Number(o.Max)
	}
	return s
}

// The schema and the program agree about a file.
func TestSchemaAgrees(t *testing.T) {
	compiler := jsonschema.NewCompiler()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(environment.Schema()))
	if err != nil {
		t.Fatal(err)
	}
	if err := compiler.AddResource("environment.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	compiled, err := compiler.Compile("environment.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	for text, good := range map[string]bool{
		"":                          true,
		"a: 'mem:'":                 true,
		"a: {url: 'mem:', seed: 3}": true,
		"a: {url: 'mem:', tenants: true, latency: 20ms}": true,
		"a: {url: 'mem:', policy: {timeout: 1s, retry: {attempts: 3, initial: 20ms}, breaker: {rate: 0.5, window: 20}, bulkhead: 64, limit: 100/s}}": true,
		"a: {url: 'mem:', policy: {breaker: , retry: {}, bulkhead: {max: 3, wait: 1s}, limit: {rate: 10/250ms, burst: 3}}}":                          true,
		"a: {url: 'mem:', policy: {breaker: {slow: 1s, window: 30s, min: 5, slowrate: 0.5}, timeout: {after: 1m30s}}}":                               true,
		"a: [1]":                                                           false,
		"a: {seed: 3}":                                                     false,
		"a: {url: 'mem:', seed: [3]}":                                      false,
		"a: {url: 'mem:', policy: 5}":                                      false,
		"a: {url: 'mem:', policy: {timeuot: 1s}}":                          false,
		"a: {url: 'mem:', policy: {timeout: }}":                            false,
		"a: {url: 'mem:', policy: {timeout: 0s}}":                          false,
		"a: {url: 'mem:', policy: {retry: 3}}":                             false,
		"a: {url: 'mem:', policy: {retry: {attempts: 0}}}":                 false,
		"a: {url: 'mem:', policy: {retry: {attempts: 3, spans: attempt}}}": false,
		"a: {url: 'mem:', policy: {limit: 100}}":                           false,
		"a: {url: 'mem:', policy: {limit: {burst: 3}}}":                    false,
		"a: {url: 'mem:', policy: {bulkhead: 0}}":                          false,
		"a: {url: 'mem:', policy: {breaker: {rate: 0.5, failures: 3}}}":    false,
		"a: {url: 'mem:', policy: {breaker: {rate: 1.5}}}":                 false,
		"a: {url: 'mem:', policy: {breaker: {slow: 1s, window: [30s]}}}":   false,
	} {
		env, told := environment.Parse("dev.yaml", []byte(text))
		if env.Namespace = "shop"; told == nil {
			told = bindings.Check(env, mem.Provider)
		}
		var value any
		if err := yaml.Unmarshal([]byte(text), &value); err != nil {
			t.Fatalf("%v in %s", err, text)
		}
		asJSON, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		instance, err := jsonschema.UnmarshalJSON(bytes.NewReader(asJSON))
		if err != nil {
			t.Fatal(err)
		}
		if schema := compiled.Validate(instance); (told == nil) != good || (schema == nil) != good {
			t.Errorf("%s: the program says %v, the schema %v, want good: %t", text, told, schema, good)
		}
	}
}
