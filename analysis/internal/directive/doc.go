// Package directive reads //instrument: comments. [Read] returns a file's directives by the
// declaration that each is on. It reports those that are misspelt or are on nothing that they could
// apply to, because they would do nothing. [In] returns the directives of one comment.
package directive
