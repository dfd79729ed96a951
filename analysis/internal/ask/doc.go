// Package ask says what directives and rule files ask for a function. [Read] reads the rule files
// into [Rules], and [Rules.FromDirectives] the directives. A [Want] is one aspect that is asked
// for, with the options that are given; [Rules.Merge] joins what several ask for one function, and
// puts it in order.
package ask
