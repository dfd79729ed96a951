package sqlite

import (
	"context"
	"database/sql/driver"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"modernc.org/libc"
	"modernc.org/sqlite"
	code "modernc.org/sqlite/lib"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/sqldb"
)

// pool is what a binding of sql has unless options say otherwise. More connections than a few only
// wait for each other's writing; a connection costs a file handle, and nothing else without work.
var pool = sqldb.Pool{MaxOpen: 8, MaxIdle: 8, MaxIdleTime: 5 * time.Minute}

// OpenSQL implements [sqldb.Opener]. Each space is a file of its own.
func (c *conn) OpenSQL(ctx context.Context, space bindings.Space) (*sqldb.Store, error) {
	folder, err := c.folder()
	if err != nil {
		return nil, err
	}
	file := filepath.Join(folder, space.Name()+".db")
	query := url.Values{
		"_pragma":      {"busy_timeout(10000)", "journal_mode(wal)", "synchronous(" + c.level + ")", "foreign_keys(1)"},
		"_txlock":      {"immediate"}, // who begins to write is not refused later for having read first
		"_time_format": {"sqlite"},
		"_timezone":    {"UTC"},
		"_texttotime":  {"1"},
		"_dqs":         {"0"}, // "name" is a name, as it is elsewhere
	}
	connector, err := sqlite.NewConnector("file:" + (&url.URL{Path: file}).EscapedPath() + "?" + query.Encode())
	if err != nil {
		return nil, coded(ctx, err)
	}
	if err := firstConnect(ctx, connector); err != nil {
		return nil, coded(ctx, err)
	}
	return &sqldb.Store{
		Abilities: sqldb.Abilities{Dialect: sqldb.SQLite, Placeholders: []string{"$1", "?", "?1", ":name", "@name"}},
		Pool:      c.pool,
		Connector: connector,
		Wait:      "PRAGMA busy_timeout = 2147483647", // else ten seconds, which a migration may take
		Script:    script,
		Code:      sqlCode,
	}, nil
}

// folder returns where the files of spaces are: next to the file of kv, or for a database in memory
// in a temporary folder. It is no memory of SQLite's: there a reader keeps writers out, and one
// connection is another's database.
func (c *conn) folder() (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.sqlFolder != "":
		return c.sqlFolder, nil
	case c.path != "":
		folder := c.path + "-sql"
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return "", fmt.Errorf("make folder: %w", err)
		}
		c.sqlFolder = folder
		return folder, nil
	}
	folder, err := os.MkdirTemp("", "instrument-sqlite-")
	if err != nil {
		return "", fmt.Errorf("make folder: %w", err)
	}
	c.sqlFolder = folder
	return folder, nil
}

// closeFolder removes the files of a database in memory.
func (c *conn) closeFolder() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.path != "" || c.sqlFolder == "" {
		return nil
	}
	return os.RemoveAll(c.sqlFolder)
}

// script runs the statements of a script one by one. Where one ends, SQLite says itself, which
// knows of triggers.
func script(ctx context.Context, conn driver.Conn, text string) (int, error) {
	tls := libc.NewTLS()
	defer tls.Close()
	for at := 0; at < len(text); {
		end := at
		for {
			i := strings.IndexByte(text[end:], ';')
			if i < 0 {
				end = len(text)
				break
			}
			end += i + 1
			whole, err := complete(tls, text[at:end])
			if err != nil {
				return at, err
			}
			if whole {
				break
			}
		}
		start := at + begin(text[at:end])
		if _, err := conn.(driver.ExecerContext).ExecContext(ctx, text[at:end], nil); err != nil {
			return start, err
		}
		at = end
	}
	return -1, nil
}

// complete reports whether a text ends with the end of a statement.
func complete(tls *libc.TLS, text string) (bool, error) {
	p, err := libc.CString(text)
	if err != nil {
		return false, fmt.Errorf("read script: %w", err)
	}
	defer libc.Xfree(tls, p)
	return code.Xsqlite3_complete(tls, p) == 1, nil
}

// begin is how many bytes of white space and comments come before a statement.
func begin(text string) int {
	rest := text
	for {
		rest = strings.TrimLeft(rest, " \t\r\n")
		end := ""
		switch {
		case strings.HasPrefix(rest, "--"):
			end = "\n"
		case strings.HasPrefix(rest, "/*"):
			end = "*/"
		default:
			return len(text) - len(rest)
		}
		_, after, found := strings.Cut(rest, end)
		if !found {
			return len(text) - len(rest)
		}
		rest = after
	}
}

// sqlCode returns what an error of a statement means, and SQLite's extended code.
func sqlCode(err error) (bindings.ErrorCode, string) {
	answer, ok := sqliteError(err)
	if !ok {
		return bindings.Unknown, ""
	}
	status := strconv.Itoa(answer)
	switch answer {
	case code.SQLITE_CONSTRAINT_UNIQUE, code.SQLITE_CONSTRAINT_PRIMARYKEY, code.SQLITE_CONSTRAINT_ROWID:
		return bindings.AlreadyExists, status
	}
	if answer&0xff == code.SQLITE_CONSTRAINT {
		return bindings.FailedPrecondition, status
	}
	return primary(answer), status
}
