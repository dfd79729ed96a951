// Package steps plans the functions that are steps of workflows: what is recorded of a call by a
// run, and what undoes it.
package steps
