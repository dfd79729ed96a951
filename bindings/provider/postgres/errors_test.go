package postgres

import (
	"errors"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/instrumentgo/instrument/bindings"
)

// A server that cannot be reached is reported in one line, however many of its addresses were
// tried, and without the password.
func TestConnectError(t *testing.T) {
	_, err := pgconn.Connect(t.Context(), "postgres://shop:hush@127.0.0.1:1,127.0.0.1:2/shop?sslmode=disable")
	text := coded(err).Error()
	if strings.ContainsAny(text, "\n\t") || strings.Contains(text, "hush") || strings.Count(text, "connection refused") != 2 {
		t.Errorf("error is %q", text)
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](coded(err)); !ok || bindings.Code(coded(err)) != bindings.Unavailable {
		t.Errorf("error is %#v, want the client's with the code unavailable", coded(err))
	}
}
