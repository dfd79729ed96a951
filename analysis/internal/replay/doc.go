// Package replay looks for what the body of a workflow must not do, because it runs again from its
// beginning after an interruption and must make the same calls of its steps then: in the body, and
// in what that calls in the main modules and is no step.
package replay
