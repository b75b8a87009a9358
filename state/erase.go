package state

import (
	"context"
	"database/sql"
	"errors"
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
	err = s.inTx(ctx, "session "+sessionID, func(tx *sql.Tx) error {
		found, err := answersOf(ctx, tx, sessionID, where, arg)
		if err != nil || len(found) == 0 {
			return err
		}
		n = len(found)
		for _, x := range found {
			answer, err := erased(x.prompt, x.outcome)
			if err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, `UPDATE answers SET answer = ? WHERE session_id = ? AND prompt_id = ?`, string(answer), sessionID, x.prompt); err != nil {
				return err
			}
			if replacement == nil {
				continue
			}
			if _, err := tx.ExecContext(ctx, `UPDATE prompts SET text = ? WHERE session_id = ? AND id = ?`, *replacement, sessionID, x.prompt); err != nil {
				return err
			}
		}
		_, err = tx.ExecContext(ctx, `UPDATE sessions SET context = '', title = CASE WHEN title = ?2 THEN '' ELSE title END WHERE id = ?1`, sessionID, arg)
		return err
	})
	if err != nil || n == 0 {
		return 0, err
	}
	// The old pages are overwritten (secure_delete); those in the write-ahead log go with it.
	_, err = s.db.ExecContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`)
	return n, err
}

// answered is a prompt and the outcome of its answer; empty where it has none.
type answered struct{ prompt, outcome string }

func answersOf(ctx context.Context, tx *sql.Tx, sessionID, where, arg string) (out []answered, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT p.id, coalesce(a.outcome, '') FROM prompts p LEFT JOIN answers a ON a.session_id = p.session_id AND a.prompt_id = p.id
		WHERE p.session_id = ?1 AND `+where, sessionID, arg)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var x answered
		if err := rows.Scan(&x.prompt, &x.outcome); err != nil {
			return nil, err
		}
		out = append(out, x)
	}
	return out, rows.Err()
}
