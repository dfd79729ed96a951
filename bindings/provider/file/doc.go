// Package file provides kv, blob, config and secret from files, for development and for a service
// that is alone on its machine.
//
//	carts:    file:data/shop.db           # kv: one file of go.etcd.io/bbolt, which one process may have open at a time
//	invoices: file:data/blobs             # blob: a folder, in it one for each space, in it a file for each object
//	limits:   file:/etc/shop/limits.yaml  # config: YAML by its ending, else as it is
//	pay-key:  file:/run/secrets/pay-key   # secret: without the end of its last line
//
// Paths are relative to the folder that the process runs in. Every write and delete waits for the
// disk, for the name of a file as well as for its content. What a killed process was writing of an
// object is removed when the binding is opened next. A configuration or a secret that is scoped to
// tenants is a folder with a file for each tenant, by its name as package bindings escapes it.
package file
