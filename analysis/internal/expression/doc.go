// Package expression reads the expressions of rule files: calls of package aspects, constants, and
// the declared objects that they name.
package expression
