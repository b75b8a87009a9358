package prompts

import (
	_ "embed"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

//go:embed wordings.yaml
var wordingsYAML []byte

//go:embed conversations.yaml
var conversationsYAML []byte

// change is what a wording or a follow-up says about the subject without a placeholder.
type change struct {
	Status      *string  `yaml:"status"`
	State       *string  `yaml:"state"`
	Level       *string  `yaml:"level"`
	Kind        *string  `yaml:"kind"`
	Result      *string  `yaml:"result"`
	Activity    *string  `yaml:"activity"`
	DeviceState *string  `yaml:"deviceState"`
	Browser     *string  `yaml:"browser"`
	When        *string  `yaml:"when"`
	Top         *int     `yaml:"top"`
	Fields      []string `yaml:"fields"`
}

type block struct {
	Set change   `yaml:"Set"`
	Say []string `yaml:"Say"`
}

type wordings struct {
	Cases map[string][]block `yaml:"Cases"`
}

type conversations struct {
	Conversations []struct {
		Name  string `yaml:"Name"`
		Turns []struct {
			Case string   `yaml:"Case"`
			Draw string   `yaml:"Draw"`
			Set  change   `yaml:"Set"`
			Say  []string `yaml:"Say"`
		} `yaml:"Turns"`
	} `yaml:"Conversations"`
	Refusals []struct {
		Outcome []string `yaml:"Outcome"`
		Say     []string `yaml:"Say"`
	} `yaml:"Refusals"`
	Actions []struct {
		Skill []string `yaml:"Skill"`
		Say   []string `yaml:"Say"`
	} `yaml:"Actions"`
	Ambiguous block `yaml:"Ambiguous"`
}

func (d *draw) apply(c change) error {
	for _, x := range []struct{ to, from *string }{{&d.s.Status, c.Status}, {&d.s.State, c.State}, {&d.s.Level, c.Level}, {&d.s.Kind, c.Kind},
		{&d.s.Result, c.Result}, {&d.s.Activity, c.Activity}, {&d.s.DeviceState, c.DeviceState}, {&d.s.Browser, c.Browser}} {
		if x.from != nil {
			*x.to = *x.from
		}
	}
	if c.Top != nil {
		d.s.Top = *c.Top
	}
	if c.Fields != nil {
		d.s.Fields = c.Fields
	}
	if c.When != nil {
		if d.s.When = whenNamed(d.e.Now, *c.When); d.s.When == nil {
			return fmt.Errorf("there is no period %q", *c.When)
		}
	}
	return nil
}

// Items are all questions about the export, in an order that does not change. Tag tells tenants apart.
func Items(e *Export, tag string) ([]Item, error) {
	var w wordings
	if err := yaml.Unmarshal(wordingsYAML, &w); err != nil {
		return nil, fmt.Errorf("wordings.yaml: %w", err)
	}
	var c conversations
	if err := yaml.Unmarshal(conversationsYAML, &c); err != nil {
		return nil, fmt.Errorf("conversations.yaml: %w", err)
	}
	known := cases()
	items, err := w.items(e, tag, known)
	if err != nil {
		return nil, err
	}
	for _, more := range []func(*Export, string, map[string]Case) ([]Item, error){c.items, c.refusals, c.actions, c.ambiguous} {
		list, err := more(e, tag, known)
		if err != nil {
			return nil, err
		}
		items = append(items, list...)
	}
	return items, nil
}

func (w wordings) items(e *Export, tag string, known map[string]Case) (out []Item, err error) {
	for _, name := range sortedKeys(w.Cases) {
		c, ok := known[name]
		if !ok {
			return nil, fmt.Errorf("wordings.yaml: there is no case %q", name)
		}
		n := 0
		for _, b := range w.Cases[name] {
			for _, say := range b.Say {
				n++
				id := fmt.Sprintf("%s/%s/%d", tag, name, n)
				d := newDraw(e, id)
				if err := d.apply(b.Set); err != nil {
					return nil, err
				}
				if !c.Pick(d, needs(say)) {
					continue // this tenant has no such subject
				}
				text, err := d.fill(say)
				if err != nil {
					return nil, err
				}
				out = append(out, Item{id, "wording", []Turn{{d.dress(text), c.Expect(e, &d.s)}}})
			}
		}
	}
	return out, nil
}

// dress adds what people write around a question, now and then.
func (d *draw) dress(text string) string {
	switch d.rng.IntN(20) {
	case 0:
		return "Hi, " + text
	case 1:
		return text + " thanks!"
	case 2:
		return "please: " + text
	case 3:
		return strings.ToUpper(text[:1]) + text[1:]
	case 4:
		return text + " Put it in a table."
	}
	return text
}

func (c conversations) items(e *Export, tag string, known map[string]Case) (out []Item, err error) {
	for _, conv := range c.Conversations {
		for round := 1; round <= 4; round++ {
			item := Item{ID: fmt.Sprintf("%s/talk %s/%d", tag, conv.Name, round), Category: "talk"}
			d := newDraw(e, item.ID)
			d.plain = true
			kind := ""
			for _, t := range conv.Turns {
				say := pick(d, t.Say)
				if err := d.apply(t.Set); err != nil {
					return nil, fmt.Errorf("conversation %s: %w", conv.Name, err)
				}
				if t.Case != "" {
					kind = t.Case
				}
				k, ok := known[kind]
				if !ok {
					return nil, fmt.Errorf("conversation %s: there is no case %q", conv.Name, kind)
				}
				d.s.keep(kind)
				opening := len(item.Turns) == 0
				if (opening || t.Draw != "") && !d.redraw(k, t.Draw, needs(say)) {
					break
				}
				text, err := d.fill(say)
				if err != nil {
					return nil, fmt.Errorf("conversation %s: %w", conv.Name, err)
				}
				s := d.s
				item.Turns = append(item.Turns, Turn{text, k.Expect(e, &s)})
			}
			if len(item.Turns) > 1 {
				out = append(out, item)
			}
		}
	}
	return out, nil
}

// redraw picks the subject of an opening, or another one of the kind named.
func (d *draw) redraw(k Case, kind string, needs map[string]bool) bool {
	d.say = map[string]string{}
	if kind == "user" && d.s.When != nil { // the period is kept: any user will do
		return d.pickUser(func(d *draw, u *User) bool { return len(u.Department) > 0 })
	}
	when := d.s.When
	ok := k.Pick(d, needs)
	if when != nil && !needs["when"] { // it is named by the wording
		d.s.When = when
	}
	return ok
}

// keep drops the filters that the next kind of question does not have.
func (s *Subject) keep(kind string) {
	switch kind {
	case "signins", "risky-signins":
	case "reasons":
		s.Status = ""
	case "audit":
		s.Status, s.Browser, s.Top = "", "", 0
	case "detections", "risk-history":
		s.Status = ""
	default:
		s.Status, s.When, s.Fields = "", nil, nil
	}
}

func (c conversations) refusals(e *Export, tag string, _ map[string]Case) (out []Item, err error) {
	for i, r := range c.Refusals {
		for n, say := range r.Say {
			id := fmt.Sprintf("%s/refusal %d/%d", tag, i+1, n+1)
			d := newDraw(e, id)
			d.s.When = pick(d, times(e.Now))
			text, err := d.fill(say)
			if err != nil {
				return nil, err
			}
			out = append(out, Item{id, "refusal", []Turn{{text, Expect{Outcome: r.Outcome}}}})
		}
	}
	return out, nil
}

func (c conversations) actions(e *Export, tag string, _ map[string]Case) (out []Item, err error) {
	for _, a := range c.Actions {
		for n, say := range a.Say {
			id := fmt.Sprintf("%s/action %s/%d", tag, a.Skill[0], n+1)
			d := newDraw(e, id)
			if !d.pickUser(func(d *draw, u *User) bool { return d.e.unique(u) && u.Department != "" }) {
				continue
			}
			in := map[string]any{"user": upn(d.s.User)}
			need := needs(say)
			if need["group"] {
				groups, _ := e.groupsOf(d.s.User.ID)
				d.s.Group = pick(d, groups)
				in["group"] = d.s.Group.DisplayName
			}
			if need["role"] {
				d.s.Role = pick(d, e.Roles).DisplayName
				in["role"] = d.s.Role
			}
			text, err := d.fill(say)
			if err != nil {
				return nil, err
			}
			out = append(out, Item{id, "action", []Turn{{text, Expect{Outcome: OneOf{"needs_confirmation"}, Skill: a.Skill, Inputs: in}}}})
		}
	}
	return out, nil
}

func (c conversations) ambiguous(e *Export, tag string, _ map[string]Case) (out []Item, err error) {
	byName := map[string][]*User{}
	for _, u := range e.Users {
		byName[u.DisplayName] = append(byName[u.DisplayName], u)
	}
	var shared []string
	for _, name := range sortedKeys(byName) {
		if len(byName[name]) > 1 {
			shared = append(shared, name)
		}
	}
	for n, say := range c.Ambiguous.Say {
		id := fmt.Sprintf("%s/ambiguous/%d", tag, n+1)
		d := newDraw(e, id)
		name := pick(d, shared)
		if name == "" {
			break
		}
		d.say["name"], d.s.When = name, pick(d, times(e.Now))
		text, err := d.fill(say)
		if err != nil {
			return nil, err
		}
		f := &Facts{}
		for _, u := range byName[name] {
			f.MustContain = append(f.MustContain, OneOf{upn(u)})
		}
		out = append(out, Item{id, "ambiguous", []Turn{{text, Expect{Outcome: OneOf{"ambiguous"}, Answer: f}}}})
	}
	return out, nil
}
