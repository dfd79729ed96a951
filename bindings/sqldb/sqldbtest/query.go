package sqldbtest

import (
	"database/sql"
	"errors"
	"testing"
	"time"

	"github.com/instrumentgo/instrument/bindings"
)

var queryCases = []testCase{
	{"what is written is read", func(t *testing.T, f *fixture) {
		db := f.db(t, stock, items)
		result, err := db.ExecContext(f.Ctx, "INSERT INTO items (id, name) VALUES ($1, $2), ($3, $4)", 1, "a", 2, "b")
		if err != nil {
			t.Fatal(err)
		}
		if n, err := result.RowsAffected(); n != 2 || err != nil {
			t.Errorf("%d rows are affected, %v", n, err)
		}
		rows, err := db.QueryContext(f.Ctx, "SELECT id, name FROM items ORDER BY id DESC")
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		var got []string
		for rows.Next() {
			var id int64
			var name string
			if err := rows.Scan(&id, &name); err != nil {
				t.Fatal(err)
			}
			got = append(got, name)
		}
		if err := rows.Err(); err != nil || len(got) != 2 || got[0] != "b" || got[1] != "a" {
			t.Errorf("rows are %v, %v", got, err)
		}
		err = db.QueryRowContext(f.Ctx, "SELECT name FROM items WHERE id = $1", 3).Scan(new(string))
		if !errors.Is(err, sql.ErrNoRows) {
			t.Errorf("what is not there is %v", err)
		}
	}},
	{"a placeholder stands twice and in any order", func(t *testing.T, f *fixture) {
		db := f.db(t, stock, items)
		exec(t, db, "INSERT INTO items (n, name, id) VALUES ($3, $1, $2)", "a", 7, 9)
		is(t, db, "a", "SELECT name FROM items WHERE n = $2 AND id = $1 AND n > $1 AND name = $3", 7, 9, "a")
	}},
	{"a text that looks like SQL is a value", func(t *testing.T, f *fixture) {
		db := f.db(t, stock, items)
		const evil = `'); DROP TABLE items; --`
		exec(t, db, "INSERT INTO items (id, name) VALUES ($1, $2)", 1, evil)
		is(t, db, evil, "SELECT name FROM items WHERE name = $1", evil)
	}},
	{"an insert returns its row", func(t *testing.T, f *fixture) {
		db := f.db(t, stock, items)
		is(t, db, int64(10), "INSERT INTO items (id, name, n) VALUES ($1, 'a', 9) RETURNING n + 1", 1)
		is(t, db, int64(20), "UPDATE items SET n = 20 WHERE id = $1 RETURNING n", 1)
		is(t, db, "a", "DELETE FROM items WHERE id = $1 RETURNING name", 1)
		is(t, db, int64(0), "SELECT count(*) FROM items")
	}},
	{"an insert over a row that is there changes it", func(t *testing.T, f *fixture) {
		db := f.db(t, stock, items)
		const upsert = "INSERT INTO items (id, name, n) VALUES ($1, $2, 1) ON CONFLICT (id) DO UPDATE SET name = excluded.name, n = items.n + 1 RETURNING n"
		is(t, db, int64(1), upsert, 1, "a")
		is(t, db, int64(2), upsert, 1, "b")
		exec(t, db, "INSERT INTO items (id, name) VALUES (1, 'c') ON CONFLICT DO NOTHING")
		is(t, db, "b", "SELECT name FROM items")
	}},
	{"queries may have names and windows", func(t *testing.T, f *fixture) {
		db := f.db(t, stock, items)
		exec(t, db, "INSERT INTO items (id, name, n) VALUES (1, 'a', 5), (2, 'a', 6), (3, 'b', 7)")
		is(t, db, int64(11), `WITH sums AS (SELECT id, sum(n) OVER (PARTITION BY name ORDER BY id) AS total FROM items)
			SELECT CAST(total AS BIGINT) FROM sums WHERE id = $1`, 2)
		is(t, db, int64(10), "WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 10) SELECT count(*) FROM c")
	}},
	{"a prepared statement runs again", func(t *testing.T, f *fixture) {
		db := f.db(t, stock, items)
		insert, err := db.PrepareContext(f.Ctx, "INSERT INTO items (id, name) VALUES ($1, $2)")
		if err != nil {
			t.Fatal(err)
		}
		defer insert.Close()
		for i := range 20 {
			if _, err := insert.ExecContext(f.Ctx, i, "a"); err != nil {
				t.Fatal(err)
			}
		}
		_, err = insert.ExecContext(f.Ctx, 7, "a")
		code(t, "insert again", err, bindings.AlreadyExists)
		count, err := db.PrepareContext(f.Ctx, "SELECT count(*) FROM items WHERE id < $1")
		if err != nil {
			t.Fatal(err)
		}
		defer count.Close()
		for i := range 3 {
			var n int
			if err := count.QueryRowContext(f.Ctx, i).Scan(&n); err != nil || n != i {
				t.Errorf("count is %d, %v; want %d", n, err, i)
			}
		}
	}},
	{"a row may be changed while rows are read", func(t *testing.T, f *fixture) {
		db := f.db(t, stock, items)
		exec(t, db, "INSERT INTO items (id, name) VALUES (1, 'a'), (2, 'b'), (3, 'c')")
		rows, err := db.QueryContext(f.Ctx, "SELECT id FROM items ORDER BY id")
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		for rows.Next() {
			var id int64
			if err := rows.Scan(&id); err != nil {
				t.Fatal(err)
			}
			exec(t, db, "UPDATE items SET n = $1 WHERE id = $2", id*10, id)
		}
		if err := rows.Err(); err != nil {
			t.Error(err)
		}
		is(t, db, int64(60), "SELECT CAST(sum(n) AS BIGINT) FROM items")
	}},
	{"a statement that is wrong harms nothing", func(t *testing.T, f *fixture) {
		db := f.db(t, stock, items)
		for _, text := range []string{"SELEKT 1", "SELECT a FROM nowhere", "INSERT INTO items (nothing) VALUES (1)",
			`SELECT "nothing" FROM items`} {
			fails(t, db, bindings.Unknown, text)
		}
		if _, err := db.ExecContext(f.Ctx, "INSERT INTO items (id, name) VALUES ($1, $2)", 1); err == nil {
			t.Error("an argument too few must fail")
		}
		is(t, db, int64(0), "SELECT count(*) FROM items")
	}},
}

var valueCases = []testCase{
	{"values come back as they were", func(t *testing.T, f *fixture) {
		db := f.db(t, stock, "CREATE TABLE v (id BIGINT PRIMARY KEY, flag BOOLEAN, big BIGINT, ratio DOUBLE PRECISION, text TEXT, data BYTEA)")
		type row struct {
			flag  bool
			big   int64
			ratio float64
			text  string
			data  []byte
		}
		for id, want := range []row{
			{true, 1<<63 - 1, 0.1, "ü \U0001f600 ' \" ; -- \\", []byte{0, 1, 255}},
			{false, -1 << 63, -1e300, "", []byte{}},
		} {
			exec(t, db, "INSERT INTO v VALUES ($1, $2, $3, $4, $5, $6)", id, want.flag, want.big, want.ratio, want.text, want.data)
			var got row
			err := db.QueryRowContext(f.Ctx, "SELECT flag, big, ratio, text, data FROM v WHERE id = $1 AND flag = $2", id, want.flag).
				Scan(&got.flag, &got.big, &got.ratio, &got.text, &got.data)
			if err != nil || got.flag != want.flag || got.big != want.big || got.ratio != want.ratio || got.text != want.text ||
				string(got.data) != string(want.data) {
				t.Errorf("%+v is %+v, %v", want, got, err)
			}
		}
		is(t, db, int64(1), "SELECT id FROM v WHERE NOT flag")
	}},
	{"nothing is nothing", func(t *testing.T, f *fixture) {
		db := f.db(t, stock, "CREATE TABLE v (id BIGINT, flag BOOLEAN, n BIGINT, ratio DOUBLE PRECISION, text TEXT, at TIMESTAMP, data BYTEA)")
		exec(t, db, "INSERT INTO v VALUES (1, $1, $2, $3, $4, $5, $6)", nil, sql.NullInt64{}, (*float64)(nil), sql.NullString{}, sql.NullTime{},
			[]byte(nil))
		var flag *bool
		var n sql.NullInt64
		var ratio sql.NullFloat64
		var text sql.NullString
		var at *time.Time
		var data []byte
		err := db.QueryRowContext(f.Ctx, "SELECT flag, n, ratio, text, at, data FROM v").Scan(&flag, &n, &ratio, &text, &at, &data)
		if err != nil || flag != nil || n.Valid || ratio.Valid || text.Valid || at != nil || data != nil {
			t.Errorf("got %v %v %v %v %v %v, %v", flag, n, ratio, text, at, data, err)
		}
		is(t, db, int64(1), "SELECT count(*) FROM v WHERE flag IS NULL AND n IS NULL AND text IS NULL AND at IS NULL AND data IS NULL")
	}},
	{"a time comes back as it was", func(t *testing.T, f *fixture) {
		db := f.db(t, stock, "CREATE TABLE v (id BIGINT PRIMARY KEY, at TIMESTAMP NOT NULL)")
		far := time.FixedZone("far", 9*3600+1800)
		times := []time.Time{
			time.Date(2026, 2, 28, 23, 59, 59, 123456000, time.UTC),
			time.Date(2026, 3, 1, 8, 0, 0, 0, far), // before the next, although its clock shows more
			time.Date(2026, 3, 1, 0, 0, 0, 1000, time.UTC),
			time.Now().Truncate(time.Microsecond),
		}
		for i, at := range times {
			exec(t, db, "INSERT INTO v VALUES ($1, $2)", i, at)
			var got time.Time
			if err := db.QueryRowContext(f.Ctx, "SELECT at FROM v WHERE id = $1 AND at = $2", i, at).Scan(&got); err != nil {
				t.Fatalf("%v: %v", at, err)
			}
			if _, offset := got.Zone(); !got.Equal(at) || offset != 0 {
				t.Errorf("%v is %v", at, got)
			}
		}
		is(t, db, int64(1), "SELECT count(*) FROM v WHERE at >= $1 AND at < $2", times[1].Add(-time.Microsecond), times[1].Add(time.Microsecond))
		is(t, db, int64(1), "SELECT id FROM v WHERE id < 3 ORDER BY at LIMIT 1")
		var latest time.Time
		if err := db.QueryRowContext(f.Ctx, "SELECT max(at) FROM v WHERE id < 3").Scan(&latest); err != nil || !latest.Equal(times[2]) {
			t.Errorf("the latest is %v, %v; want %v", latest, err, times[2])
		}
	}},
	{"the database knows the time", func(t *testing.T, f *fixture) {
		db := f.db(t, stock, "CREATE TABLE v (id BIGINT, at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP)")
		exec(t, db, "INSERT INTO v (id) VALUES (1)")
		var at time.Time
		if err := db.QueryRowContext(f.Ctx, "SELECT at FROM v").Scan(&at); err != nil {
			t.Fatal(err)
		}
		if off := time.Since(at).Abs(); off > time.Minute {
			t.Errorf("the time is %v, which is %v off", at, off)
		}
	}},
}
