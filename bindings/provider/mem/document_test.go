package mem_test

import (
	"testing"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/config/configtest"
	"github.com/instrumentgo/instrument/bindings/provider/mem"
	"github.com/instrumentgo/instrument/bindings/provider/providertest"
	"github.com/instrumentgo/instrument/bindings/secret/secrettest"
)

func documents() providertest.Harness {
	m := mem.New()
	return providertest.Harness{
		Provider: m.Provider(),
		URL:      func(*testing.T) string { return "mem:" },
		Write: func(_ *testing.T, _ string, space bindings.Space, text string) {
			if text == "" {
				m.Remove(space)
			} else {
				m.Set(space, text)
			}
		},
		Empty: func(_ *testing.T, _ string, space bindings.Space) { m.Set(space, "") },
	}
}

func TestSecret(t *testing.T) { secrettest.Run(t, documents()) }

func TestConfig(t *testing.T) { configtest.Run(t, documents()) }
