// Package envcheck checks a program against its environments: every binding that the program's structs,
// subscriptions and calls ask for, against each environment file, by what its provider declares.
//
// Begin with [Check] and its [Input]; [Read] reads an environment file, and [Providers] what providers of
// others declare.
//
// A finding stands where it is mended: at the field for an entry that is missing, at the call for an ability
// that a provider lacks, in the environment file for everything else. A note says what differs between two
// environments, or could not be checked; it is no reason to fail.
package envcheck
