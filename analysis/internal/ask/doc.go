// Package ask says what directives and rule files ask for a function. [Read] reads the rule files into [Rules]; a
// [Want] is one aspect that is asked for, with the options that are given. [Merge] joins what several say of one
// function, and [Rules.Sort] puts it in order.
package ask
