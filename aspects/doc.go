// Package aspects is the vocabulary of rule files, and the definition of every built-in aspect.
//
// A rule file is a Go file with the build constraint "instrument". It is type-checked and read by
// the instrument command, and never compiled into a program or run: the functions of this package
// only give its expressions a type, so that the compiler's checker catches a misspelt name and a
// renamed function is followed.
//
//	//go:build instrument
//
//	package shop
//
//	var _ = aspects.Module(
//		aspects.Stack("handler", aspects.Recover(), aspects.Trace(), aspects.Metrics()),
//		aspects.Rule("order handlers", aspects.Methods((*orders.Service)(nil)).Exported().WithContext(), aspects.Use("handler")),
//	)
//
// The values in a rule must be constants, declared functions and declared variables: the file is
// read, not executed.
package aspects
