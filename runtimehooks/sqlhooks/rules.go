//go:build instrument

package sqlhooks

import (
	"database/sql"

	"github.com/instrumentgo/instrument/aspects"
)

// Rules instrument the databases that the program opens, itself or by a library such as gorm.
var Rules = aspects.Module(
	aspects.Yields("github.com/XSAM/otelsql"),
	aspects.Rule("Open", aspects.Calls(sql.Open).Dependencies("..."), aspects.Replace(Open)),
	aspects.Rule("OpenDB", aspects.Calls(sql.OpenDB).Dependencies("..."), aspects.Replace(OpenDB)),
	aspects.Rule("Conn.Raw", aspects.Calls((*sql.Conn).Raw).Dependencies("..."), aspects.Replace(ConnRaw)),
)
