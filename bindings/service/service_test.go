package service_test

import (
	"testing"

	"github.com/instrumentgo/instrument/bindings/provider/mem"
	"github.com/instrumentgo/instrument/bindings/service/servicetest"
)

func TestLocal(t *testing.T) { servicetest.Local(t) }

func TestHTTP(t *testing.T) { servicetest.HTTP(t) }

func TestRegistry(t *testing.T) {
	servicetest.Registry(t, servicetest.Store{Provider: mem.New().Provider(), URL: func(*testing.T) string { return "mem:" }})
}
