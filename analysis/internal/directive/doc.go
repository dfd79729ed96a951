// Package directive reads //instrument: comments. [Read] returns a file's directives by what each
// stands on, and reports those that are misspelt or stand on nothing that they could apply to,
// because they would do nothing. [In] returns the directives of one comment.
package directive
