package manage

import (
	"context"
	"errors"
	"fmt"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/settings"
)

// Portable are settings as a file carries them to another data directory. Secrets are named, and not in it.
type Portable struct {
	Version int `json:"version"`
	// Settings are values by name; null gives a setting its default again.
	Settings map[string]*string `json:"settings"`
	// Secrets are the names of the secrets that are set, which have to be set anew elsewhere.
	Secrets []string `json:"secrets,omitempty"`
}

// portableVersion is of the file's form.
const portableVersion = 1

// Export is every setting that is not as it comes.
func (s *Service) Export(ctx context.Context) (Portable, error) {
	out := Portable{Version: portableVersion, Settings: map[string]*string{}}
	list, err := s.Settings(ctx)
	if err != nil {
		return out, err
	}
	for _, v := range list {
		if v.ChangedBy != "" {
			out.Settings[v.Name] = &v.Value
		}
	}
	secrets, err := s.Secrets(ctx)
	for _, x := range secrets {
		if x.Set {
			out.Secrets = append(out.Secrets, x.Name)
		}
	}
	return out, err
}

// Import changes the settings that a file names to its values, each on record; the others stay. A file with anything that cannot be
// changes nothing. It returns the settings that changed, as they were and as they are; with try, as they would be.
func (s *Service) Import(ctx context.Context, p access.Principal, file Portable, try bool) (old, now []Value, err error) {
	if file.Version != portableVersion {
		return nil, nil, invalid("the file's version is %d: this program reads %d", file.Version, portableVersion)
	}
	var wrong []error
	wanted := map[string]string{}
	for name, value := range file.Settings {
		d, err := settings.Find(name)
		if err != nil {
			wrong = append(wrong, err)
			continue
		}
		text := d.Default
		if value != nil {
			if text, err = d.Parse(*value); err != nil {
				wrong = append(wrong, err)
				continue
			}
		}
		if was, twice := wanted[d.Name]; twice && was != text {
			wrong = append(wrong, fmt.Errorf("%s has two values", d.Name))
		}
		wanted[d.Name] = text
	}
	if len(wrong) > 0 {
		return nil, nil, &Invalid{errors.Join(wrong...).Error()}
	}
	for _, d := range settings.All() {
		text, named := wanted[d.Name]
		if !named {
			continue
		}
		before, err := s.value(ctx, d)
		if err != nil {
			return old, now, err
		}
		if before.Value == text {
			continue
		}
		after := before
		after.Value = text
		if !try {
			if before, after, err = s.ChangeSetting(ctx, p, Change{Name: d.Name, Value: text, Unset: text == d.Default, Saw: &before.Value}); err != nil {
				return old, now, fmt.Errorf("%s, and what comes after it, is as it was: %w", d.Name, err)
			}
		}
		old, now = append(old, before), append(now, after)
	}
	return old, now, nil
}
