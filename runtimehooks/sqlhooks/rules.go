//go:build instrument

package sqlhooks

import (
	"database/sql"

	"github.com/instrumentgo/instrument/aspects"
)

// Rules instrument the databases that the program opens, itself or by a library such as gorm.
// Statements of the program that pass no context belong to the trace of the one in scope; they do
// not end with it.
var Rules = aspects.Module(
	aspects.Yields("github.com/XSAM/otelsql"),
	aspects.Rule("Open", aspects.Calls(sql.Open).Dependencies("..."), aspects.Replace(Open)),
	aspects.Rule("OpenDB", aspects.Calls(sql.OpenDB).Dependencies("..."), aspects.Replace(OpenDB)),
	aspects.Rule("Conn.Raw", aspects.Calls((*sql.Conn).Raw).Dependencies("..."), aspects.Replace(ConnRaw)),

	aspects.Rule("DB.Exec", aspects.Calls((*sql.DB).Exec), aspects.PassValues((*sql.DB).ExecContext)),
	aspects.Rule("DB.Query", aspects.Calls((*sql.DB).Query), aspects.PassValues((*sql.DB).QueryContext)),
	aspects.Rule("DB.QueryRow", aspects.Calls((*sql.DB).QueryRow), aspects.PassValues((*sql.DB).QueryRowContext)),
	aspects.Rule("DB.Prepare", aspects.Calls((*sql.DB).Prepare), aspects.PassValues((*sql.DB).PrepareContext)),
	aspects.Rule("DB.Ping", aspects.Calls((*sql.DB).Ping), aspects.PassValues((*sql.DB).PingContext)),
	aspects.Rule("Tx.Exec", aspects.Calls((*sql.Tx).Exec), aspects.PassValues((*sql.Tx).ExecContext)),
	aspects.Rule("Tx.Query", aspects.Calls((*sql.Tx).Query), aspects.PassValues((*sql.Tx).QueryContext)),
	aspects.Rule("Tx.QueryRow", aspects.Calls((*sql.Tx).QueryRow), aspects.PassValues((*sql.Tx).QueryRowContext)),
	aspects.Rule("Tx.Prepare", aspects.Calls((*sql.Tx).Prepare), aspects.PassValues((*sql.Tx).PrepareContext)),
	aspects.Rule("Tx.Stmt", aspects.Calls((*sql.Tx).Stmt), aspects.PassValues((*sql.Tx).StmtContext)),
	aspects.Rule("Stmt.Exec", aspects.Calls((*sql.Stmt).Exec), aspects.PassValues((*sql.Stmt).ExecContext)),
	aspects.Rule("Stmt.Query", aspects.Calls((*sql.Stmt).Query), aspects.PassValues((*sql.Stmt).QueryContext)),
	aspects.Rule("Stmt.QueryRow", aspects.Calls((*sql.Stmt).QueryRow), aspects.PassValues((*sql.Stmt).QueryRowContext)),
)
