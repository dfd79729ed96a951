// Package sqldbtest holds a provider of SQL to what package sqldb promises, through the portable
// type and by the same text of SQL for all.
//
//	func TestSQL(t *testing.T) {
//		sqldbtest.Run(t, sqldbtest.Harness{Provider: sqlite.Provider, URL: func(t *testing.T) string { return "sqlite:" + t.TempDir() + "/x.db" }})
//	}
//
// A case is named by what a user would see if it failed.
package sqldbtest
