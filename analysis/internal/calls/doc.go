// Package calls holds the static graph of calls between the functions of the main modules. A [Graph] grows package by
// package, as [Graph.Search] and [Graph.Callers] get to them.
package calls
