// Package source holds the user's modules as they were read. [Load] lists them with one go command
// and returns a [Program]: its files, the graph of imports, the packages that are type-checked on
// demand, and the findings. A [Func] is one declared function of a checked package.
package source
