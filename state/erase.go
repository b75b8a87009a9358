package state

import (
	"context"
	"errors"
	"fmt"
)

// Erased says what stands in place of an answer that is taken out of a session.
type Erased func(promptID, outcome string) ([]byte, error)

// ErasePrompt takes a text out of a session for good: of each prompt that is this text, with its answer, which may repeat it. The
// replacement stands for the prompt from then on. It returns how many prompts it was.
func (s *Store) ErasePrompt(ctx context.Context, sessionID, text, replacement string, erased Erased) (int, error) {
	return s.erase(ctx, sessionID, "p.text = ?2", text, &replacement, erased)
}

// EraseAnswer takes the answer of a prompt out of a session for good; the prompt stays. It returns 0 where there is no such answer.
func (s *Store) EraseAnswer(ctx context.Context, sessionID, promptID string, erased Erased) (int, error) {
	return s.erase(ctx, sessionID, "p.id = ?2 AND a.prompt_id IS NOT NULL", promptID, nil, erased)
}

// erase erases the answers of prompts that fit, and the prompts too where a replacement is given. What follow-up prompts refer to
// is forgotten, because it was read from these texts.
func (s *Store) erase(ctx context.Context, sessionID, where, arg string, replacement *string, erased Erased) (n int, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("session %s: %w", sessionID, err)
		}
	}()
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return 0, err
	}
	defer tx.Rollback() // after Commit this does nothing
	rows, err := tx.QueryContext(ctx, `SELECT p.id, coalesce(a.outcome, '') FROM prompts p LEFT JOIN answers a ON a.session_id = p.session_id AND a.prompt_id = p.id
		WHERE p.session_id = ?1 AND `+where, sessionID, arg)
	if err != nil {
		return 0, err
	}
	var found [][2]string
	for rows.Next() {
		var x [2]string
		if err := rows.Scan(&x[0], &x[1]); err != nil {
			return 0, errors.Join(err, rows.Close())
		}
		found = append(found, x)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil || len(found) == 0 {
		return 0, err
	}
	for _, x := range found {
		answer, err := erased(x[0], x[1])
		if err != nil {
			return 0, err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE answers SET answer = ? WHERE session_id = ? AND prompt_id = ?`, string(answer), sessionID, x[0]); err != nil {
			return 0, err
		}
		if replacement == nil {
			continue
		}
		if _, err := tx.ExecContext(ctx, `UPDATE prompts SET text = ? WHERE session_id = ? AND id = ?`, *replacement, sessionID, x[0]); err != nil {
			return 0, err
		}
	}
	if _, err := tx.ExecContext(ctx, `UPDATE sessions SET context = '', title = CASE WHEN title = ?2 THEN '' ELSE title END WHERE id = ?1`, sessionID, arg); err != nil {
		return 0, err
	}
	if err := tx.Commit(); err != nil {
		return 0, err
	}
	// The old pages are overwritten (secure_delete); those in the write-ahead log go with it.
	if _, err := s.db.ExecContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`); err != nil {
		return len(found), err
	}
	return len(found), nil
}
