// Package conformance is the module whose packages are woven and tested as the compatibility kit of MicroProfile Fault
// Tolerance 4.1 tests its implementations: a package for each of the kit's areas, a test for each of its classes, and a
// subtest for each of its cases. Which class is where, and what is left out, is in docs/conformance.md of the repository.
package conformance
