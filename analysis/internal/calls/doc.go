// Package calls holds the static graph of calls between the functions of the main modules. A
// [Graph] grows package by package as it is asked: [Graph.Search] walks down from a function, and
// [Graph.Callers] looks up from one.
package calls
