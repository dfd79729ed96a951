// Package workflowtest holds a provider of workflows to what package workflow says: its store must
// keep what runs have done over the end of whoever executes them, and lose nothing that they are
// sent.
//
//	workflowtest.Run(t, workflowtest.Harness{Harness: harness, Crash: crash})
//
// Each case names a mutation: a mistake that a store could make, by which the case must fail.
// [Mutants] checks that it does, over a store that makes none of them.
package workflowtest
