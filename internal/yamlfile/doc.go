// Package yamlfile reads YAML files that a person or a platform hands to a running program, so that
// no file, however large, deep or half written, can stop or delay it.
//
// Read [Read] and [Parse] first.
package yamlfile
