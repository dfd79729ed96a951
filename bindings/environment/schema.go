package environment

import _ "embed"

//go:embed environment.schema.json
var schema []byte

// Schema returns the JSON schema of environment files, draft 2020-12, for editors. It knows the
// policies, and not the options of providers, which a file may have whatever it is.
func Schema() []byte { return append([]byte(nil), schema...) }
