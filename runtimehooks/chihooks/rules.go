//go:build instrument

package chihooks

import (
	"github.com/go-chi/chi/v5"

	"github.com/instrumentgo/instrument/aspects"
)

// Rules have routers give the route of each request to its server span.
var Rules = aspects.Module(
	aspects.Rule("NewRouter", aspects.Calls(chi.NewRouter), aspects.Replace(NewRouter)),
	aspects.Rule("NewMux", aspects.Calls(chi.NewMux), aspects.Replace(NewMux)),
)
