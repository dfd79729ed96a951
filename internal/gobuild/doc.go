// Package gobuild is the part of instrument that deals with the go command: its flags and
// environment, overlays, the arguments of the tools that -toolexec wraps, and the files that builds
// share. No other package knows the go command.
package gobuild
