package sqldb

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/instrumentgo/instrument/internal/sqltext"
)

// migration is one file.
type migration struct {
	number int64
	name   string // without folders, which a program may move
	text   string
	digest string
	others []string // digests of the same statements as others have written the file
	alone  bool     // it runs in no transaction
}

// byteOrder is what some editors put before a text in UTF-8. It is no part of it.
const byteOrder = "\ufeff"

// readMigrations reads all files *.sql in the order of their numbers. Its error tells all that is
// wrong.
func readMigrations(folders []fs.FS) (all []migration, _ error) {
	var errs []error
	for _, folder := range folders {
		err := fs.WalkDir(folder, ".", func(file string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || path.Ext(file) != ".sql" {
				return err
			}
			m, err := readMigration(folder, file)
			if err != nil {
				errs = append(errs, err)
				return nil
			}
			all = append(all, m)
			return nil
		})
		if err != nil {
			errs = append(errs, fmt.Errorf("read migrations: %w", err))
		}
	}
	slices.SortStableFunc(all, func(a, b migration) int {
		switch {
		case a.number < b.number:
			return -1
		case a.number > b.number:
			return 1
		}
		return strings.Compare(a.name, b.name)
	})
	for i := 1; i < len(all); i++ {
		if all[i-1].number == all[i].number {
			errs = append(errs, fmt.Errorf("read migrations: %s and %s must have different numbers", all[i-1].name, all[i].name))
		}
	}
	if len(folders) > 0 && len(all) == 0 && len(errs) == 0 {
		errs = append(errs, errors.New("read migrations: there must be a file *.sql"))
	}
	return all, errors.Join(errs...)
}

func readMigration(folder fs.FS, file string) (migration, error) {
	m := migration{name: path.Base(file)}
	digits := m.name[:len(m.name)-len(strings.TrimLeft(m.name, "0123456789"))]
	var err error
	if m.number, err = strconv.ParseInt(digits, 10, 64); err != nil || m.number == 0 {
		return m, fmt.Errorf("read migrations: the name of %s must begin with a number, as 0001_items.sql", file)
	}
	data, err := fs.ReadFile(folder, file)
	if err != nil {
		return m, fmt.Errorf("read migrations: %w", err)
	}
	text := strings.ReplaceAll(string(data), "\r\n", "\n") // which may depend on who has checked it out
	m.text = strings.TrimPrefix(text, byteOrder)
	switch {
	case strings.TrimSpace(m.text) == "":
		return m, fmt.Errorf("read migrations: %s must not be empty", file)
	case strings.HasPrefix(text, "\xff\xfe") || strings.HasPrefix(text, "\xfe\xff"):
		return m, fmt.Errorf("read migrations: %s must be in UTF-8, and is in UTF-16", file)
	}
	m.digest, m.others = digest(m.text), []string{digest(byteOrder + m.text)}
	if m.alone, err = alone(m.text); err != nil {
		return m, fmt.Errorf("read migrations: %s: %w", file, err)
	}
	return m, nil
}

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// same reports whether the migration is the one that has run with a digest.
func (m *migration) same(digest string) bool {
	return m.digest == digest || slices.Contains(m.others, digest)
}

// The comment that lets a migration run in no transaction, and what all such comments begin with.
const (
	directive     = "-- instrument:"
	noTransaction = directive + "no-transaction"
)

// alone reports whether a migration says, in a comment before its first statement, that it must run
// in no transaction. It has one statement then: of several, nobody would know which have run.
func alone(text string) (bool, error) {
	starts := sqltext.Statements(text)
	head := text
	if len(starts) > 0 {
		head = text[:starts[0]]
	}
	found := false
	for line := range strings.SplitSeq(head, "\n") {
		line = strings.TrimSpace(line)
		switch {
		case line == noTransaction:
			found = true
		case strings.HasPrefix(line, directive):
			return false, fmt.Errorf("%q must be %q", line, noTransaction)
		}
	}
	if found && len(starts) != 1 {
		return false, fmt.Errorf("it must have one statement, because of %q, and has %d: put each in a file of its own", noTransaction, len(starts))
	}
	return found, nil
}

// transactions returns what is wrong with a migration that begins or ends transactions itself.
func (m *migration) transactions() (errs []error) {
	for _, at := range sqltext.Transactions(m.text) {
		errs = append(errs, fmt.Errorf("migrate: %s: a migration must not begin or end a transaction: it runs in one, in which it is noted (remove the statement)",
			m.place(at)))
	}
	return errs
}

// place describes where a statement begins: "0002_more.sql:7: INSERT INTO items…".
func (m migration) place(at int) string {
	if at < 0 || at >= len(m.text) {
		return m.name
	}
	statement, _, more := strings.Cut(m.text[at:], "\n")
	statement = strings.TrimSpace(statement)
	more = more && !strings.HasSuffix(statement, ";")
	const longest = 80
	if runes := []rune(statement); len(runes) > longest {
		statement, more = string(runes[:longest]), true
	}
	if statement = strings.TrimSuffix(statement, ";"); more {
		statement += " …"
	}
	return fmt.Sprintf("%s:%d: %s", m.name, 1+strings.Count(m.text[:at], "\n"), statement)
}
