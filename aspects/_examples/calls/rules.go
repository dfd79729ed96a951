//go:build instrument

package main

import (
	"os"

	"github.com/instrumentgo/instrument/aspects"
)

var _ = aspects.Module(
	aspects.Rule("settings", aspects.Calls(os.ReadFile).In("."), aspects.Fallback(defaults)),
)
