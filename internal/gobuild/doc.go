// Package gobuild is the go command's side of instrument: its flags and environment, overlays, the
// arguments of the tools that -toolexec wraps, and the files that builds share. No other package
// knows the go command.
package gobuild
