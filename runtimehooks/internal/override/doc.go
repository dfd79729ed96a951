// Package override works out which options the aspects of woven functions have, of what they were
// built with and of what layers of overrides say. It knows no site and no aspect: a [Table] says
// how to reach their options in a set of aspects of type A.
//
// Read [Table] first, then [Subject] and [Compiled].
package override
