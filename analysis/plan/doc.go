// Package plan holds the plan: every site, binding, decorator and skip of a set of packages, each
// with its position. It is the only value that crosses a stage boundary. [Plan] and [Site] are the
// names to read first; names.go and paths.go hold what is named alike by all stages: generated
// declarations and import paths.
package plan
