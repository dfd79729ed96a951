// Package option is the one table of what every option of every aspect may be: the kind of its
// value, its bounds, its default, and which options fit together. Directives, rule files, policy
// files and environments all read their values with it, so that one mistake is worded in one way.
//
// Read [Spec] first, then [Parse] and [Fits].
package option
