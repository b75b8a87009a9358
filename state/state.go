package state

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // the SQLite driver
)

//go:embed migrations/*.sql
var migrations embed.FS

// ErrNotFound is returned for a session or prompt that the record does not hold.
var ErrNotFound = errors.New("not found")

// Store is the application state of one data directory.
type Store struct{ db *sql.DB }

// Open opens or creates the SQLite file at path and brings its schema up to date.
func Open(ctx context.Context, path string) (*Store, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("application state: %w", err)
	}
	q := url.Values{"_pragma": {"journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(ON)", "secure_delete(ON)", "busy_timeout(10000)"},
		"_txlock": {"immediate"}}
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: q.Encode()}).String())
	if err != nil {
		return nil, fmt.Errorf("application state: %w", err)
	}
	if err := migrate(ctx, db); err != nil {
		return nil, errors.Join(fmt.Errorf("application state %s: %w", path, err), db.Close())
	}
	return &Store{db: db}, nil
}

func migrate(ctx context.Context, db *sql.DB) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db, files)
	if err != nil {
		return err
	}
	_, err = p.Up(ctx)
	return err
}

// Close closes the file.
func (s *Store) Close() error { return s.db.Close() }

// Session is a conversation.
type Session struct {
	ID, Principal, Title string
	CreatedAt, UpdatedAt time.Time
	Context              []byte // what follow-up prompts refer to, as its owner encoded it
}

// Prompt is one prompt of a session, and its answer where it has one.
type Prompt struct {
	SessionID, ID, Principal, Text string
	Position                       int
	AskedAt                        time.Time
	Outcome                        string // empty while there is no answer
	Answer                         []byte // the answer as JSON
}

// sessionColumns are what scanSession reads. A session without a title of its own is called by its first prompt.
const sessionColumns = `id, principal, coalesce(nullif(title, ''), (SELECT text FROM prompts WHERE session_id = sessions.id AND position = 1), ''),
	created_at, updated_at, context`

const layout = "2006-01-02T15:04:05.000000000Z"

// EnsureSession returns the session with this id, creating it for principal when it is new.
func (s *Store) EnsureSession(ctx context.Context, id, principal string, now time.Time) (Session, error) {
	at := now.UTC().Format(layout)
	if _, err := s.db.ExecContext(ctx, `INSERT INTO sessions(id, principal, created_at, updated_at) VALUES (?,?,?,?) ON CONFLICT(id) DO NOTHING`,
		id, principal, at, at); err != nil {
		return Session{}, fmt.Errorf("session %s: %w", id, err)
	}
	return s.Session(ctx, id)
}

// Session returns one session, or ErrNotFound.
func (s *Store) Session(ctx context.Context, id string) (Session, error) {
	row := s.db.QueryRowContext(ctx, `SELECT `+sessionColumns+` FROM sessions WHERE id = ?`, id)
	return scanSession(row)
}

// Sessions lists the sessions of a principal (of everyone when empty), the newest first.
func (s *Store) Sessions(ctx context.Context, principal string) ([]Session, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT `+sessionColumns+` FROM sessions
		WHERE ?1 = '' OR principal = ?1 ORDER BY updated_at DESC, id`, principal)
	if err != nil {
		return nil, fmt.Errorf("sessions: %w", err)
	}
	defer rows.Close()
	var out []Session
	for rows.Next() {
		v, err := scanSession(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

func scanSession(row interface{ Scan(...any) error }) (Session, error) {
	var v Session
	var created, updated, ctxText string
	if err := row.Scan(&v.ID, &v.Principal, &v.Title, &created, &updated, &ctxText); errors.Is(err, sql.ErrNoRows) {
		return v, ErrNotFound
	} else if err != nil {
		return v, fmt.Errorf("session: %w", err)
	}
	var err error
	if v.CreatedAt, err = time.Parse(layout, created); err != nil {
		return v, fmt.Errorf("session %s: %w", v.ID, err)
	}
	if v.UpdatedAt, err = time.Parse(layout, updated); err != nil {
		return v, fmt.Errorf("session %s: %w", v.ID, err)
	}
	v.Context = []byte(ctxText)
	return v, nil
}

// DeleteSession removes a session with its prompts and answers.
func (s *Store) DeleteSession(ctx context.Context, id string) error {
	res, err := s.db.ExecContext(ctx, `DELETE FROM sessions WHERE id = ?`, id)
	if err != nil {
		return fmt.Errorf("session %s: %w", id, err)
	}
	if n, err := res.RowsAffected(); err != nil || n > 0 {
		return err
	}
	return ErrNotFound
}

// RenameSession gives a session a title.
func (s *Store) RenameSession(ctx context.Context, id, title string) error {
	res, err := s.db.ExecContext(ctx, `UPDATE sessions SET title = ? WHERE id = ?`, title, id)
	if err != nil {
		return fmt.Errorf("session %s: %w", id, err)
	}
	if n, err := res.RowsAffected(); err != nil || n > 0 {
		return err
	}
	return ErrNotFound
}

// AddPrompt records a prompt and returns it with its position and an id unique in the session.
func (s *Store) AddPrompt(ctx context.Context, sessionID, principal, text string, now time.Time) (Prompt, error) {
	p := Prompt{SessionID: sessionID, Principal: principal, Text: text, AskedAt: now.UTC()}
	row := s.db.QueryRowContext(ctx, `INSERT INTO prompts(session_id, id, position, principal, text, asked_at)
		SELECT ?1, 'p-' || (1 + coalesce(max(position), 0)), 1 + coalesce(max(position), 0), ?2, ?3, ?4 FROM prompts WHERE session_id = ?1
		RETURNING id, position`, sessionID, principal, text, p.AskedAt.Format(layout))
	if err := row.Scan(&p.ID, &p.Position); err != nil {
		return p, fmt.Errorf("prompt of session %s: %w", sessionID, err)
	}
	return p, nil
}

// AddAnswer records the answer of a prompt together with the context the next prompt refers to.
func (s *Store) AddAnswer(ctx context.Context, sessionID, promptID, outcome string, answer, sessionContext []byte, now time.Time) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("answer: %w", err)
	}
	defer tx.Rollback() // after Commit this does nothing
	at := now.UTC().Format(layout)
	if _, err := tx.ExecContext(ctx, `INSERT INTO answers(session_id, prompt_id, outcome, answer, answered_at) VALUES (?,?,?,?,?)`,
		sessionID, promptID, outcome, string(answer), at); err != nil {
		return fmt.Errorf("answer %s of session %s: %w", promptID, sessionID, err)
	}
	if _, err := tx.ExecContext(ctx, `UPDATE sessions SET context = ?, updated_at = ? WHERE id = ?`, string(sessionContext), at, sessionID); err != nil {
		return fmt.Errorf("session %s: %w", sessionID, err)
	}
	return tx.Commit()
}

// Prompts lists the prompts of a session in the order they came, with their answers.
func (s *Store) Prompts(ctx context.Context, sessionID string) ([]Prompt, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT p.session_id, p.id, p.position, p.principal, p.text, p.asked_at, coalesce(a.outcome,''), coalesce(a.answer,'')
		FROM prompts p LEFT JOIN answers a ON a.session_id = p.session_id AND a.prompt_id = p.id
		WHERE p.session_id = ? ORDER BY p.position`, sessionID)
	if err != nil {
		return nil, fmt.Errorf("prompts of session %s: %w", sessionID, err)
	}
	defer rows.Close()
	var out []Prompt
	for rows.Next() {
		var p Prompt
		var asked, answer string
		if err := rows.Scan(&p.SessionID, &p.ID, &p.Position, &p.Principal, &p.Text, &asked, &p.Outcome, &answer); err != nil {
			return nil, fmt.Errorf("prompts of session %s: %w", sessionID, err)
		}
		if p.AskedAt, err = time.Parse(layout, asked); err != nil {
			return nil, fmt.Errorf("prompt %s of session %s: %w", p.ID, sessionID, err)
		}
		p.Answer = []byte(answer)
		out = append(out, p)
	}
	return out, rows.Err()
}
