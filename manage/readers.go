package manage

import (
	"context"
	"strconv"
	"time"

	"github.com/sleuth-sec/sleuth/settings"
)

// Text is the value that a setting's reader takes.
func (s *Service) Text(ctx context.Context, name string) (string, error) {
	v, err := s.Setting(ctx, name)
	return v.Now(), err
}

// Bool is the value of a switch.
func (s *Service) Bool(ctx context.Context, name string) (bool, error) {
	text, err := s.Text(ctx, name)
	if err != nil {
		return false, err
	}
	return strconv.ParseBool(text)
}

// Duration is the value of a duration.
func (s *Service) Duration(ctx context.Context, name string) (time.Duration, error) {
	text, err := s.Text(ctx, name)
	if err != nil {
		return 0, err
	}
	return time.ParseDuration(text)
}

// Count is the value of a whole number.
func (s *Service) Count(ctx context.Context, name string) (int64, error) {
	text, err := s.Text(ctx, name)
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(text, 10, 64)
}

// Size is the value of a size, in bytes.
func (s *Service) Size(ctx context.Context, name string) (int64, error) {
	text, err := s.Text(ctx, name)
	if err != nil {
		return 0, err
	}
	return settings.Bytes(text)
}

// List is the value of a list.
func (s *Service) List(ctx context.Context, name string) ([]string, error) {
	text, err := s.Text(ctx, name)
	if err != nil {
		return nil, err
	}
	return settings.Items(text), nil
}
