package state

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/google/uuid"

	"github.com/sleuth-sec/sleuth/access"
)

// Person is somebody who may sign in.
type Person struct {
	ID, UPN, Name        string
	Roles                []access.Role
	Disabled             bool
	Password             string // argon2id in PHC form; empty: none is set
	CreatedAt, UpdatedAt time.Time
}

// Principal is a person as the rest of the program knows them.
func (p Person) Principal() access.Principal {
	return access.Principal{ID: p.ID, Name: p.Name, UPN: p.UPN, Roles: p.Roles}
}

// The reasons why people are not changed.
var (
	ErrTaken     = errors.New("the name is taken")
	ErrLastOwner = errors.New("this is the last owner who may sign in: make somebody else an owner first")
)

const personColumns = `people.id, people.upn, people.name, people.roles, people.disabled, people.password, people.created_at, people.updated_at`

// AddPerson adds somebody, with a new id. The UPN must be free: ErrTaken.
func (s *Store) AddPerson(ctx context.Context, p Person, now time.Time) (Person, error) {
	return p.insert(ctx, s.db, now)
}

type execer interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

func (p Person) insert(ctx context.Context, db execer, now time.Time) (Person, error) {
	p.ID, p.CreatedAt, p.UpdatedAt = uuid.NewString(), now.UTC(), now.UTC()
	roles, err := json.Marshal(p.Roles)
	if err != nil {
		return p, err
	}
	res, err := db.ExecContext(ctx, `INSERT INTO people(id, upn, name, roles, disabled, password, created_at, updated_at) VALUES (?,?,?,?,?,?,?,?)
		ON CONFLICT(upn) DO NOTHING`, p.ID, p.UPN, p.Name, string(roles), p.Disabled, p.Password, p.CreatedAt.Format(layout), p.UpdatedAt.Format(layout))
	if err != nil {
		return p, fmt.Errorf("person %s: %w", p.UPN, err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return p, errors.Join(err, fmt.Errorf("person %s: %w", p.UPN, ErrTaken))
	}
	return p, nil
}

// People are all who may sign in, by UPN.
func (s *Store) People(ctx context.Context) (out []Person, err error) {
	rows, err := s.db.QueryContext(ctx, `SELECT `+personColumns+` FROM people ORDER BY upn`)
	if err != nil {
		return nil, fmt.Errorf("people: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		p, err := scanPerson(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, rows.Err()
}

// HasPeople reports whether anybody may sign in.
func (s *Store) HasPeople(ctx context.Context) (bool, error) {
	var n int
	if err := s.db.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM people)`).Scan(&n); err != nil {
		return false, fmt.Errorf("people: %w", err)
	}
	return n == 1, nil
}

// Person is somebody by id or UPN, or ErrNotFound.
func (s *Store) Person(ctx context.Context, idOrUPN string) (Person, error) {
	return scanPerson(s.db.QueryRowContext(ctx, `SELECT `+personColumns+` FROM people WHERE id = ?1 OR upn = ?1`, idOrUPN))
}

func scanPerson(row interface{ Scan(...any) error }, more ...any) (Person, error) {
	var p Person
	var roles, created, updated string
	err := row.Scan(append([]any{&p.ID, &p.UPN, &p.Name, &roles, &p.Disabled, &p.Password, &created, &updated}, more...)...)
	if errors.Is(err, sql.ErrNoRows) {
		return p, ErrNotFound
	}
	if err != nil {
		return p, fmt.Errorf("person: %w", err)
	}
	var names []string
	if err := json.Unmarshal([]byte(roles), &names); err != nil {
		return p, fmt.Errorf("roles of %s: %w", p.UPN, err)
	}
	for _, n := range names {
		r, err := access.ParseRole(n) // reads the names of before, too
		if err != nil {
			return p, fmt.Errorf("roles of %s: %w", p.UPN, err)
		}
		p.Roles = append(p.Roles, r)
	}
	if p.CreatedAt, err = time.Parse(layout, created); err == nil {
		p.UpdatedAt, err = time.Parse(layout, updated)
	}
	if err != nil {
		return p, fmt.Errorf("person %s: %w", p.UPN, err)
	}
	return p, nil
}

// SetRoles replaces the roles of a person.
func (s *Store) SetRoles(ctx context.Context, id string, roles []access.Role, now time.Time) error {
	text, err := json.Marshal(roles)
	if err != nil {
		return err
	}
	return s.changePerson(ctx, id, nil, `UPDATE people SET roles = ?2, updated_at = ?3 WHERE id = ?1`, string(text), now.UTC().Format(layout))
}

// SetDisabled lets a person sign in or not; disabling ends their sign-in sessions.
func (s *Store) SetDisabled(ctx context.Context, id string, disabled bool, now time.Time) error {
	return s.changePerson(ctx, id, nil, `UPDATE people SET disabled = ?2, updated_at = ?3 WHERE id = ?1`, disabled, now.UTC().Format(layout))
}

// SetPassword replaces a password's hash and ends the sign-in sessions of the person.
func (s *Store) SetPassword(ctx context.Context, id, hash string, now time.Time) error {
	return s.changePerson(ctx, id, nil, `UPDATE people SET password = ?2, updated_at = ?3 WHERE id = ?1`, hash, now.UTC().Format(layout))
}

// RemovePerson removes a person with their sign-in sessions and tokens. What they asked stays on record.
func (s *Store) RemovePerson(ctx context.Context, id string) error {
	return s.changePerson(ctx, id, forgetSecrets, `DELETE FROM people WHERE id = ?1`)
}

// changePerson runs one change of a person and what else belongs to it, ends their sign-in sessions, and takes all of it back
// where no owner would be left who may sign in.
func (s *Store) changePerson(ctx context.Context, id string, also func(context.Context, *sql.Tx, string) error, change string, args ...any) (err error) {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("person: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, tx.Rollback())
		}
	}()
	before, err := owners(ctx, tx)
	if err != nil {
		return err
	}
	res, err := tx.ExecContext(ctx, change, append([]any{id}, args...)...)
	if err != nil {
		return fmt.Errorf("person: %w", err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, ErrNotFound)
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM sign_in_sessions WHERE person = ?`, id); err != nil {
		return fmt.Errorf("sign-in sessions: %w", err)
	}
	if also != nil {
		if err := also(ctx, tx, id); err != nil {
			return err
		}
	}
	after, err := owners(ctx, tx)
	if err != nil {
		return err
	}
	if before > 0 && after == 0 {
		return ErrLastOwner
	}
	return tx.Commit()
}

// owners counts the owners who may sign in.
func owners(ctx context.Context, tx *sql.Tx) (n int, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT `+personColumns+` FROM people WHERE disabled = 0`)
	if err != nil {
		return 0, fmt.Errorf("people: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		p, err := scanPerson(rows)
		if err != nil {
			return 0, err
		}
		if slices.Contains(p.Roles, access.Owner) {
			n++
		}
	}
	return n, rows.Err()
}

// CheckName says what is wrong with the names of a person, or nil. A UPN is what they sign in with.
func CheckName(upn, name string) error {
	switch {
	case upn == "" || len(upn) > 200 || strings.ContainsFunc(upn, func(r rune) bool { return !unicode.IsGraphic(r) || unicode.IsSpace(r) }):
		return fmt.Errorf("the name to sign in with: 1 to 200 characters without blanks, such as ada@example.com")
	case name == "" || len(name) > 200 || strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsGraphic(r) }):
		return fmt.Errorf("the display name: 1 to 200 characters")
	}
	return nil
}
