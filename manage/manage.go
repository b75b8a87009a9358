package manage

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/audit"
	"github.com/sleuth-sec/sleuth/secret"
	"github.com/sleuth-sec/sleuth/state"
)

// Config is what a Service is made of.
type Config struct {
	Store   *state.Store
	Secrets *secret.Store
	// Record puts on record what a principal is about to do. It must not be done when that fails.
	Record func(ctx context.Context, p access.Principal, e audit.Entry) error
	// Refused puts on record that a principal was refused what an entry says, and returns why.
	Refused func(ctx context.Context, p access.Principal, e audit.Entry, why error) error
	// NewSecret makes the secret of a one-time link; NewToken makes an API token: its visible part, and all of it.
	NewSecret func() string
	NewToken  func() (id, token string)
	Now       func() time.Time
	// Idle is how long an unused sign-in session lasts.
	Idle time.Duration
}

// Service is safe for concurrent use. One process has one: changes are made one after another.
type Service struct {
	cfg   Config
	mu    sync.Mutex // a change: from looking at what is there until it is another
	cache cache
}

// New makes a service.
func New(cfg Config) *Service { return &Service{cfg: cfg} }

// Invalid is an error of what was asked for: the text says what to give instead.
type Invalid struct{ Text string }

func (e *Invalid) Error() string { return e.Text }

func invalid(format string, args ...any) error { return &Invalid{fmt.Sprintf(format, args...)} }

// Missing says that what was named is not there.
type Missing struct{ Text string }

func (e *Missing) Error() string { return e.Text }

// Conflict says that things are not as the change needs them.
type Conflict struct{ Text string }

func (e *Conflict) Error() string { return e.Text }

// Is lets errors.Is find the reason of the application state.
func (e *Conflict) Is(target error) bool {
	return target == state.ErrLastOwner && e.Text == target.Error()
}

// admit authorises p and puts on record what it is about to do.
func (s *Service) admit(ctx context.Context, p access.Principal, want access.Permission, e audit.Entry) error {
	if err := access.Authorize(p, want); err != nil {
		return s.cfg.Refused(ctx, p, e, err)
	}
	return s.cfg.Record(ctx, p, e)
}

// person finds somebody by id or the name they sign in with.
func (s *Service) person(ctx context.Context, name string) (state.Person, error) {
	p, err := s.cfg.Store.Person(ctx, name)
	if errors.Is(err, state.ErrNotFound) {
		return p, &Missing{fmt.Sprintf("nobody is called %s", name)}
	}
	return p, err
}
