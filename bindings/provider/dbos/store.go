package dbos

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/dbos-inc/dbos-transact-golang/dbos"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/workflow"
)

// store is the runs of one space.
type store struct {
	*conn
	space string
}

// maxData leaves a record room among SQLite's greatest values.
const maxData = 16 << 20

// Abilities implements [workflow.Store].
func (s *store) Abilities() workflow.Abilities { return workflow.Abilities{MaxData: maxData} }

// Start implements [workflow.Store].
func (s *store) Start(ctx context.Context, key string, input []byte) error {
	result, err := s.db.ExecContext(ctx, `INSERT INTO instrument_run (space, key, status, input, started) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		s.space, key, workflow.Running, input, time.Now().UnixNano())
	if err != nil {
		return coded(ctx, err)
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return errors.Join(coded(ctx, err), bindings.AlreadyExists)
	}
	s.mu.Lock()
	engine, served := s.engine, s.servers[s.space] != nil
	s.mu.Unlock()
	if served {
		return s.begin(ctx, engine, key) // else whoever serves finds it
	}
	return nil
}

// begin lets the engine execute a run, unless it does or has done so.
func (s *store) begin(ctx context.Context, engine dbos.Context, key string) error {
	_, err := dbos.RunWorkflow(engine, s.execute, s.space+"/"+key, dbos.WithWorkflowID(s.space+"/"+key))
	return coded(ctx, err)
}

// Send implements [workflow.Store].
func (s *store) Send(ctx context.Context, key string, message []byte) error {
	return s.send(ctx, key, message, false)
}

// Cancel implements [workflow.Store].
func (s *store) Cancel(ctx context.Context, key string, message []byte) error {
	return s.send(ctx, key, message, true)
}

func (s *store) send(ctx context.Context, key string, message []byte, cancel bool) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return coded(ctx, err)
	}
	defer tx.Rollback()
	var status workflow.Status
	if err := tx.QueryRowContext(ctx, `SELECT status FROM instrument_run WHERE space = ? AND key = ?`, s.space, key).Scan(&status); err != nil {
		return coded(ctx, err)
	}
	if status.Ended() {
		return bindings.Errorf(bindings.FailedPrecondition, "the run is %s", status)
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO instrument_message SELECT ?1, ?2, count(*), ?3 FROM instrument_message WHERE space = ?1 AND key = ?2`,
		s.space, key, message)
	if err == nil && cancel {
		_, err = tx.ExecContext(ctx, `UPDATE instrument_run SET canceled = 1 WHERE space = ? AND key = ?`, s.space, key)
	}
	if err == nil {
		err = tx.Commit()
	}
	if err != nil {
		return coded(ctx, err)
	}
	s.change()
	return nil
}

// Resume implements [workflow.Store]. To DBOS a parked run is one that is being executed:
// cancelled, it can be resumed.
func (s *store) Resume(ctx context.Context, key string) error {
	result, err := s.db.ExecContext(ctx, `UPDATE instrument_run SET status = ?, reason = '' WHERE space = ? AND key = ? AND status = ?`,
		workflow.Running, s.space, key, workflow.Parked)
	if err != nil {
		return coded(ctx, err)
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		state, failed := s.Get(ctx, key)
		return errors.Join(coded(ctx, err), failed, bindings.Errorf(bindings.FailedPrecondition, "the run is %s", state.Status))
	}
	s.mu.Lock()
	engine := s.engine
	s.mu.Unlock()
	if engine == nil {
		return nil // whoever serves finds it
	}
	if err := dbos.CancelWorkflow(engine, s.space+"/"+key); err != nil {
		return coded(ctx, err)
	}
	_, err = dbos.ResumeWorkflow[string](engine, s.space+"/"+key)
	return coded(ctx, err)
}

const columns = `key, status, reason, input, output, started, ended`

func scan(row interface{ Scan(...any) error }) (state workflow.State, err error) {
	var started, ended int64
	err = row.Scan(&state.Key, &state.Status, &state.Reason, &state.Input, &state.Output, &started, &ended)
	state.Started = time.Unix(0, started)
	if ended != 0 {
		state.Ended = time.Unix(0, ended)
	}
	return state, err
}

// Get implements [workflow.Store].
func (s *store) Get(ctx context.Context, key string) (workflow.State, error) {
	state, err := scan(s.db.QueryRowContext(ctx, `SELECT `+columns+` FROM instrument_run WHERE space = ? AND key = ?`, s.space, key))
	return state, coded(ctx, err)
}

// Ended implements [workflow.Store].
func (s *store) Ended(ctx context.Context, key string) (workflow.State, error) {
	for {
		changed := s.changes()
		state, err := s.Get(ctx, key)
		if err != nil || state.Status.Ended() {
			return state, err
		}
		select {
		case <-ctx.Done():
			return workflow.State{}, ctx.Err()
		case <-changed:
		}
	}
}

// List implements [workflow.Store].
func (s *store) List(ctx context.Context, statuses []workflow.Status, cursor string, limit int) (page workflow.Page, err error) {
	query, args := `SELECT `+columns+` FROM instrument_run WHERE space = ? AND key > ?`, []any{s.space, cursor}
	if len(statuses) > 0 {
		query += ` AND status IN (` + strings.TrimPrefix(strings.Repeat(`, ?`, len(statuses)), `, `) + `)`
		for _, status := range statuses {
			args = append(args, status)
		}
	}
	rows, err := s.db.QueryContext(ctx, query+` ORDER BY key LIMIT ?`, append(args, limit+1)...)
	if err != nil {
		return page, coded(ctx, err)
	}
	defer rows.Close()
	for rows.Next() {
		state, err := scan(rows)
		if err != nil {
			return page, coded(ctx, err)
		}
		page.Runs = append(page.Runs, state)
	}
	if len(page.Runs) > limit {
		page.Runs = slices.Clip(page.Runs[:limit])
		page.Cursor = page.Runs[limit-1].Key
	}
	return page, coded(ctx, rows.Err())
}

// Serve implements [workflow.Store].
func (s *store) Serve(ctx context.Context, body workflow.Body) (workflow.Server, error) {
	served := &server{store: s, body: body}
	served.ctx, served.cancel = context.WithCancel(ctx)
	s.mu.Lock()
	if s.servers[s.space] != nil {
		s.mu.Unlock()
		return nil, bindings.Errorf(bindings.AlreadyExists, "the workflow must be served once")
	}
	s.servers[s.space] = served
	s.mu.Unlock()
	s.change()
	engine, err := s.launch()
	if err != nil {
		return nil, coded(ctx, err)
	}
	// DBOS executes those that it knows. Others were started while nobody served.
	keys, err := s.unended(ctx)
	if err != nil {
		return nil, err
	}
	for _, key := range keys {
		if err := s.begin(ctx, engine, key); err != nil {
			return nil, fmt.Errorf("begin run: %w", err)
		}
	}
	return served, nil
}

func (s *store) unended(ctx context.Context) (keys []string, err error) {
	rows, err := s.db.QueryContext(ctx, `SELECT key FROM instrument_run WHERE space = ? AND ended = 0 ORDER BY key`, s.space)
	if err != nil {
		return nil, coded(ctx, err)
	}
	defer rows.Close()
	for rows.Next() {
		var key string
		if err := rows.Scan(&key); err != nil {
			return nil, coded(ctx, err)
		}
		keys = append(keys, key)
	}
	return keys, coded(ctx, rows.Err())
}

// do writes something of a run that is being executed. What fails now ends the execution, which
// begins again.
func do(db *sql.DB, query string, args ...any) error {
	_, err := db.Exec(query, args...)
	return err
}
