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
)

// migration is one file.
type migration struct {
	number int64
	name   string // without folders, which a program may move
	text   string
	digest string
}

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
	m.text = strings.ReplaceAll(string(data), "\r\n", "\n") // which may depend on who has checked it out
	if strings.TrimSpace(m.text) == "" {
		return m, fmt.Errorf("read migrations: %s must not be empty", file)
	}
	sum := sha256.Sum256([]byte(m.text))
	m.digest = hex.EncodeToString(sum[:])
	return m, nil
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
