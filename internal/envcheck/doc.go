// Package envcheck checks a program against its environments: every binding that the program's
// structs, subscriptions and calls ask for, against each environment file, by what its
// provider declares. [Check] takes an [Input] and returns a [Finding] for each mistake and note;
// [Read] reads an environment file.
//
// The position of a finding is where it can be fixed: at the field if an entry is missing, at the
// call if a provider lacks an ability, in the environment file for everything else. A note says
// what differs between two environments, or what could not be checked. Notes do not make the check
// fail.
package envcheck
