//go:build instrument

package sqlhooks

import (
	"database/sql"

	"github.com/instrumentgo/instrument/aspects"
)

// Rules instrument the databases that the program opens.
var Rules = aspects.Module(
	aspects.Yields("github.com/XSAM/otelsql"),
	aspects.Rule("Open", aspects.Calls(sql.Open), aspects.Replace(Open)),
	aspects.Rule("OpenDB", aspects.Calls(sql.OpenDB), aspects.Replace(OpenDB)),
	aspects.Rule("Conn.Raw", aspects.Calls((*sql.Conn).Raw), aspects.Replace(ConnRaw)),
)
