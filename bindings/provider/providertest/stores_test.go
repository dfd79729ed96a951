package providertest

import (
	"reflect"
	"slices"
	"testing"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/blob"
	"github.com/instrumentgo/instrument/bindings/config"
	"github.com/instrumentgo/instrument/bindings/kv"
	"github.com/instrumentgo/instrument/bindings/lock"
	"github.com/instrumentgo/instrument/bindings/provider"
	"github.com/instrumentgo/instrument/bindings/secret"
	"github.com/instrumentgo/instrument/bindings/sqldb"
	"github.com/instrumentgo/instrument/bindings/topic"
	"github.com/instrumentgo/instrument/bindings/workflow"
)

// A declaration may have each ability that the stores of a kind can have, and no other.
func TestAbilities(t *testing.T) {
	for kind, of := range map[bindings.Kind]any{
		bindings.Blob: blob.Abilities{}, bindings.Config: config.Abilities{}, bindings.KV: kv.Abilities{}, bindings.Lock: lock.Abilities{},
		bindings.SQL: sqldb.Abilities{}, bindings.Secret: secret.Abilities{}, bindings.Service: struct{}{}, bindings.Topic: topic.Abilities{},
		bindings.Workflow: workflow.Abilities{},
	} {
		var want []string
		for _, field := range reflect.VisibleFields(reflect.TypeOf(of)) {
			if field.Type.Kind() == reflect.Bool {
				want = append(want, hyphened(field.Name))
			}
		}
		slices.Sort(want)
		if got, ok := provider.Abilities(kind); !ok || !slices.Equal(got, want) {
			t.Errorf("abilities of %s are %q, want %q", kind, got, want)
		}
	}
}
