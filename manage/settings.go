package manage

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"time"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/audit"
	"github.com/sleuth-sec/sleuth/settings"
	"github.com/sleuth-sec/sleuth/state"
)

// Value is a setting as it is now.
type Value struct {
	settings.Setting
	Value     string `json:"value"`
	ChangedBy string `json:"changedBy,omitempty"` // a principal's id; empty: it has its default
	ChangedAt string `json:"changedAt,omitempty"`
	// Flag is the flag of the command line that decides while the program runs; InForce is its value. Both are empty where the
	// setting itself decides.
	Flag    string `json:"flag,omitempty"`
	InForce string `json:"inForce,omitempty"`
}

// Now is the value that its reader takes.
func (v Value) Now() string {
	if v.Flag != "" {
		return v.InForce
	}
	return v.Value
}

// cache holds the kept values, so that a reader need not ask the application state for every query.
type cache struct {
	mu    sync.Mutex
	kept  map[string]state.Setting // nil: not read yet, or changed since
	flags map[string]flag
}

type flag struct{ name, value string }

// Override has a flag of the command line decide a setting for as long as the program runs.
func (s *Service) Override(name, flagName, value string) error {
	d, err := settings.Find(name)
	if err != nil {
		return err
	}
	if value, err = d.Parse(value); err != nil {
		return fmt.Errorf("%s: %w", flagName, err)
	}
	s.cache.mu.Lock()
	defer s.cache.mu.Unlock()
	if s.cache.flags == nil {
		s.cache.flags = map[string]flag{}
	}
	s.cache.flags[d.Name] = flag{flagName, value}
	return nil
}

// OverrideSecret has a flag of the command line bring a secret for as long as the program runs. Only the flag's name is kept here.
func (s *Service) OverrideSecret(name, flagName string) error {
	d, err := settings.FindSecret(name)
	if err != nil {
		return err
	}
	s.cache.mu.Lock()
	defer s.cache.mu.Unlock()
	if s.cache.flags == nil {
		s.cache.flags = map[string]flag{}
	}
	s.cache.flags[d.Name] = flag{name: flagName}
	return nil
}

// overridden reports whether a flag decides.
func (s *Service) overridden(name string) bool {
	s.cache.mu.Lock()
	defer s.cache.mu.Unlock()
	return s.cache.flags[name].name != ""
}

// kept are the values that are not the defaults, by name.
func (s *Service) kept(ctx context.Context) (map[string]state.Setting, map[string]flag, error) {
	s.cache.mu.Lock()
	defer s.cache.mu.Unlock()
	if s.cache.kept == nil {
		list, err := s.cfg.Store.Settings(ctx)
		if err != nil {
			return nil, nil, err
		}
		byName := map[string]state.Setting{}
		for _, k := range list {
			byName[k.Name] = k
		}
		s.cache.kept = byName
	}
	return s.cache.kept, s.cache.flags, nil
}

// forget has the kept values read again.
func (s *Service) forget() {
	s.cache.mu.Lock()
	defer s.cache.mu.Unlock()
	s.cache.kept = nil
}

// Settings are all settings as they are now.
func (s *Service) Settings(ctx context.Context) ([]Value, error) {
	var out []Value
	for _, d := range settings.All() {
		v, err := s.value(ctx, d)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

// Setting is a setting as it is now. A kept value that is no longer allowed is an error, and not the default.
func (s *Service) Setting(ctx context.Context, name string) (Value, error) {
	d, err := settings.Find(name)
	if err != nil {
		return Value{}, &Missing{err.Error()}
	}
	return s.value(ctx, d)
}

func (s *Service) value(ctx context.Context, d settings.Setting) (Value, error) {
	kept, flags, err := s.kept(ctx)
	if err != nil {
		return Value{}, err
	}
	v := Value{Setting: d, Value: d.Default}
	if k, ok := kept[d.Name]; ok {
		if v.Value, err = d.Parse(k.Value); err != nil {
			return Value{}, fmt.Errorf("%w; sleuth settings unset %s gives it its default", err, d.Name)
		}
		v.ChangedBy, v.ChangedAt = k.ChangedBy, k.ChangedAt.UTC().Format(time.RFC3339)
	}
	if f, ok := flags[d.Name]; ok {
		v.Flag, v.InForce = f.name, f.value
	}
	return v, nil
}

// Changed says that a setting is not any more as somebody who changes it saw it.
type Changed struct {
	Saw string
	Is  Value
}

func (e *Changed) Error() string {
	return fmt.Sprintf("%s was changed meanwhile, from %q to %q: look at it and decide again", e.Is.Name, e.Saw, e.Is.Value)
}

// Change is a change of a setting.
type Change struct {
	Name  string
	Value string
	Unset bool // give it its default again, instead of Value
	// Saw is the value that whoever changes it saw; where another stands meanwhile, nothing is changed: *Changed. Nil compares nothing.
	Saw *string
}

// ChangeSetting gives a setting a value. The change is on record before it holds. It returns the setting as it was and as it is.
func (s *Service) ChangeSetting(ctx context.Context, p access.Principal, c Change) (old, now Value, err error) {
	d, err := settings.Find(c.Name)
	if err != nil {
		return old, now, &Missing{err.Error()}
	}
	value := d.Default
	if !c.Unset {
		if value, err = d.Parse(c.Value); err != nil {
			return old, now, &Invalid{err.Error()}
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	kept, _, err := s.kept(ctx)
	if err != nil {
		return old, now, err
	}
	old = Value{Setting: d, Value: d.Default}
	if k, ok := kept[d.Name]; ok { // as it is kept, even where it is no longer allowed: this may be what mends it
		old.Value, old.ChangedBy, old.ChangedAt = k.Value, k.ChangedBy, k.ChangedAt.UTC().Format(time.RFC3339)
	}
	if c.Saw != nil && *c.Saw != old.Value {
		return old, now, &Changed{Saw: *c.Saw, Is: old}
	}
	e := audit.Entry{Operation: "UpdateCopilotSettings", Object: d.Name, Details: map[string]string{"originalValue": recorded(d, old.Value), "newValue": recorded(d, value)}}
	if d.Property != "" {
		e.Details["property"] = d.Property
	}
	if err := s.admit(ctx, p, access.Manage, e); err != nil {
		return old, now, err
	}
	defer s.forget()
	if c.Unset {
		err = s.cfg.Store.RemoveSetting(ctx, d.Name)
	} else {
		err = s.cfg.Store.PutSetting(ctx, state.Setting{Name: d.Name, Value: value, ChangedBy: p.ID, ChangedAt: s.cfg.Now()})
	}
	if err != nil {
		// What follows the record believes that it holds now: the record must say that it does not.
		back := audit.Entry{Operation: e.Operation, Object: e.Object, Details: maps.Clone(e.Details)}
		back.Details["originalValue"], back.Details["newValue"] = e.Details["newValue"], e.Details["originalValue"]
		back.Details["reason"] = "it could not be stored and stays as it was: " + err.Error()
		return old, now, errors.Join(err, s.cfg.Record(ctx, p, back))
	}
	s.forget()
	now, err = s.value(ctx, d)
	return old, now, err
}

// recorded is a value as Security Copilot's records have it: True and False.
func recorded(s settings.Setting, value string) string {
	if s.Type != settings.Bool {
		return value
	}
	return map[string]string{"true": "True", "false": "False"}[value]
}
