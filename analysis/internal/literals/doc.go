// Package literals finds the function literals of a package that are handlers, by their signature,
// and names them: for people and policy files by the function that holds them and their route, for
// telemetry as the compiler does.
package literals
