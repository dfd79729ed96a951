// Package envcheck checks a program against its environments: every binding that the program's
// structs, subscriptions and calls ask for, against each environment file, by what its
// provider declares. [Check] takes an [Input] and returns a [Finding] for each mistake and note;
// [Read] reads an environment file.
//
// A finding stands where it can be mended: at the field for an entry that is missing, at the call
// for an ability that a provider lacks, in the environment file for everything else. A note says
// what differs between two environments, or what could not be checked. It is no reason to fail.
package envcheck
