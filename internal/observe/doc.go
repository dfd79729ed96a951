// Package observe records operations on databases and services, for bindings and packs, by the
// conventions of OpenTelemetry: a client span for each and the histogram
// db.client.operation.duration, both with the real system's name. It asks for the installed
// providers at each operation, so that one installed later is used, and allocates nothing where
// none is installed.
//
// Neither keys nor values nor tenants are recorded.
package observe
