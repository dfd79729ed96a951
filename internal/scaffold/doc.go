// Package scaffold decides what init gives a module: from what a survey found to the text of a rule
// file and the directive on main. It reads and writes nothing itself.
//
// A rule file says in a comment what init has written into it. Run again, init appends what the
// comment does not name, and so brings nothing back that was removed, and leaves alone what was
// edited.
package scaffold
