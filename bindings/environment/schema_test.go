package environment_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/instrumentgo/instrument/aspects"
	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/environment"
	"github.com/instrumentgo/instrument/bindings/provider/mem"
	"github.com/instrumentgo/instrument/internal/option"
	"github.com/instrumentgo/instrument/internal/option/schema"
)

var update = flag.Bool("update", false, "rewrite environment.schema.json")

// The shipped schema is made from what the program takes: an editor must not offer what Open
// refuses.
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

type object = schema.Object

// what says what the policies do to the operations of a binding.
var what = map[string]string{
	option.Breaker:  "a circuit breaker, which the operations of the binding share: while it is open they fail at once with Unavailable",
	option.Bulkhead: "how many operations of the binding run at a time; others wait, or fail with ResourceExhausted",
	option.Limit:    "how many operations of the binding begin in a time; others wait, or fail with ResourceExhausted",
	option.Retry:    "does an operation again that failed with a code which is retryable, if doing it twice is doing it once",
	option.Timeout:  "the time an operation may take, its attempts and pauses included; then it fails with DeadlineExceeded",
}

func generate() object {
	policies := object{}
	for _, policy := range option.Policies() {
		policies[policy.Aspect] = policySchema(policy)
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
			"duration": schema.Duration(),
			"value": object{"anyOf": []object{{"type": []string{"string", "number", "boolean"}},
				{"type": "object", "additionalProperties": false, "required": []string{"secret"}, "properties": object{"secret": object{"type": "string", "minLength": 1}}}}},
		},
	}
}

// policySchema is a mapping of options, the own option's value, or nothing where no option must be
// given.
func policySchema(policy option.Policy) object {
	options, required := object{}, []string{}
	var forms []object
	definition, _ := aspects.Lookup(policy.Aspect)
	for _, o := range policy.Options() {
		if o.Name == policy.Own {
			forms = append(forms, schema.Option(o))
		}
		if o.Need {
			required = append(required, o.Name)
		}
		documented, _ := definition.Option(o.Name)
		s := schema.Option(o)
		s["description"] = documented.Doc
		options[o.Name] = s
	}
	mapping := schema.Aspect(policy.Aspect, options)
	mapping["required"] = required
	if forms = append(forms, mapping); len(required) == 0 {
		forms = append(forms, object{"type": "null"})
	}
	return object{"anyOf": forms, "description": what[policy.Aspect]}
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
