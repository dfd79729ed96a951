//go:build instrument

package otelsetup

import (
	"os"

	"github.com/instrumentgo/instrument/aspects"
)

// Rules let a program that ends by os.Exit export what is left first.
var Rules = aspects.Module(
	aspects.Rule("os.Exit", aspects.Calls(os.Exit), aspects.Replace(Exit)),
)
