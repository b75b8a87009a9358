package plugin

import (
	"slices"
	"strings"

	"github.com/sleuth-sec/sleuth/diag"
)

// Skill is what one prompt runs.
type Skill struct {
	Plugin      string // the descriptor's name
	Format      string // one of Formats
	Name        string
	DisplayName string
	Description string
	ForModel    string // DescriptionForModel: the description as models are to read it
	Inputs      []Input
	Examples    []string          // example prompts
	Target      string            // where Security Copilot runs a KQL skill: Defender, Sentinel, ...
	Template    string            // the KQL of a KQL skill, the prompt of a GPT skill
	Settings    map[string]string // the other settings of its format, by their documented names
	Children    []string          // the skills that an agent may use
	Loose       []string          // holes of the template that nothing declares
	// Installed is set where the skill came with a plugin that people added; Given are the values of that plugin's settings, by name.
	Installed bool
	Given     map[string]string
	At        diag.Span // where it stands in its file
	Place     Place     // where its template stands
	Additions
}

// Place is where a text stands in a file: the line and column (1-based) of its first character. The lines of a block are the
// file's; those of other texts are told as the first.
type Place struct {
	Line, Column int
	Block        bool
}

// Span is the place in the file of a span of the text.
func (p Place) Span(file *diag.Source, text string, at diag.Span) diag.Span {
	line, column := diag.NewSource("", text).Position(at.Start)
	if p.Block {
		line, column = p.Line+line-1, p.Column+column-1
	} else {
		line, column = p.Line, p.Column
	}
	start := file.Offset(line, column)
	return diag.Span{Start: start, End: min(start+max(1, at.End-at.Start), len(file.Text))}
}

// Input is one typed input of a skill.
type Input struct {
	Name        string
	Description string
	Required    bool
	Default     string
	Placeholder string // what the field shows before something is written into it
	Type        string // the type's name of design skills.md: user, group, lookback, status, ...; the input's own name where nothing else is said
}

// Additions are Sleuth's own part of a skill: the Sleuth block.
type Additions struct {
	Cues        []string   `yaml:"Cues"`        // each a conjunction of concepts of the vocabulary that asks for this skill
	Accepts     []string   `yaml:"Accepts"`     // concepts that may stand beside a cue without pointing elsewhere
	Window      string     `yaml:"Window"`      // the period looked at when none is named ("30d"); "none" for questions about a state
	Fields      []Field    `yaml:"Fields"`      // properties that can be asked for
	ShowFields  bool       `yaml:"ShowFields"`  // the table is narrowed to the fields asked for
	Tables      []string   `yaml:"Tables"`      // without every one of these there is no answer
	AnyOf       []string   `yaml:"AnyOf"`       // one of these is enough, without all of them there is no answer
	Optional    []string   `yaml:"Optional"`    // read where held
	Needs       []string   `yaml:"Needs"`       // what the source requires: a permission, a licence
	Role        string     `yaml:"Role"`        // the least role of the person who asks; empty where reading the data is enough
	Answer      Wording    `yaml:"Answer"`      // how rows become sentences
	Suggestions []string   `yaml:"Suggestions"` // further prompts that fit
	Action      *Action    `yaml:"Action"`      // a remediation action instead of a query
	Handler     string     `yaml:"Handler"`     // a composite or analytic skill: the handler that runs it
	Steps       []string   `yaml:"Steps"`       // the skills a composite runs, in order
	Analytics   *Analytics `yaml:"Analytics"`   // what a free-form question can count, and by what
	Types       []TypedIn  `yaml:"Inputs"`      // types of inputs whose name is not their type
}

// TypedIn gives an input its type.
type TypedIn struct {
	Name string `yaml:"Name"`
	Type string `yaml:"Type"`
}

// Field is a property a prompt can ask for.
type Field struct {
	Name   string   `yaml:"Name"`   // the Graph property name
	Column string   `yaml:"Column"` // the column that holds it, where it is another
	Words  []string `yaml:"Words"`  // how people say it
	Say    string   `yaml:"Say"`    // the sentence, a template over the row; "Label of subject: value" where empty
}

// ColumnName is the column that holds the field.
func (f Field) ColumnName() string {
	if f.Column != "" {
		return f.Column
	}
	return f.Name
}

// Wording turns rows into sentences: text/template texts over the rows and inputs.
type Wording struct {
	Subject   string     `yaml:"Subject"`   // what a row is, in the singular: "sign-in"
	Plural    string     `yaml:"Plural"`    // where it is not subject + s
	Zero      string     `yaml:"Zero"`      // the whole text when nothing matched
	Sentences []Sentence `yaml:"Sentences"` // the text otherwise; one that renders as nothing is left out
	Time      string     `yaml:"Time"`      // the column with the time of a row
}

// Sentence is one sentence and the rows that carry it.
type Sentence struct {
	Text  string `yaml:"Text"`
	Cites string `yaml:"Cites"` // all (the default), first, none, or Column=value
}

// Action is a remediation action: what would be done, and what it takes.
type Action struct {
	ID         string   `yaml:"ID"`         // the action's id in the actions' reference
	Does       string   `yaml:"Does"`       // a template over the inputs: "disable the account of X"
	Request    string   `yaml:"Request"`    // the Graph request, a template over the inputs
	Permission string   `yaml:"Permission"` // the least Graph permission
	Roles      []string `yaml:"Roles"`      // Entra roles that may do it
	Undo       string   `yaml:"Undo"`
	Effect     string   `yaml:"Effect"` // what it does to the user's risk
	Fits       []string `yaml:"Fits"`   // the risk states of a user in which it is worth considering
	Danger     string   `yaml:"Danger"` // low, medium or high
}

// Analytics is what a free-form question can count and rank.
type Analytics struct {
	Sources []Source `yaml:"Sources"`
}

// Source is one countable thing: sign-ins, audit events, users.
type Source struct {
	Name       string      `yaml:"Name"`       // singular, as answers say it
	Plural     string      `yaml:"Plural"`     // where it is not name + s
	Cues       []string    `yaml:"Cues"`       // conjunctions of concepts that mean it
	Query      string      `yaml:"Query"`      // the rows, as KQL that may use _from and _to
	Time       string      `yaml:"Time"`       // its time column; empty for a state
	Tables     []string    `yaml:"Tables"`     // what it reads
	Dimensions []Dimension `yaml:"Dimensions"` // by what it can be counted
	Filters    []Filter    `yaml:"Filters"`    // by what it can be narrowed
	Measures   []Dimension `yaml:"Measures"`   // numbers that can be averaged
}

// Dimension is a column that rows can be counted by.
type Dimension struct {
	Name   string   `yaml:"Name"`   // the column of the result
	Expr   string   `yaml:"Expr"`   // the KQL expression
	Words  []string `yaml:"Words"`  // how people say it
	Where  string   `yaml:"Where"`  // rows that have the dimension at all
	Expand string   `yaml:"Expand"` // a pipe stage that comes before, for values held in lists
}

// Filter narrows a source by an input.
type Filter struct {
	Input string `yaml:"Input"`
	Value string `yaml:"Value"` // only for this value of the input
	Where string `yaml:"Where"` // a KQL condition with the input's hole in it
}

// Input returns the input with this name.
func (s *Skill) Input(name string) (Input, bool) {
	i := slices.IndexFunc(s.Inputs, func(in Input) bool { return in.Name == name })
	if i < 0 {
		return Input{}, false
	}
	return s.Inputs[i], true
}

// Changes says whether the skill calls a server in a way that can change something there.
func (s *Skill) Changes() bool {
	m := strings.ToUpper(s.Settings["Method"])
	return s.Installed && s.Format == API && m != "GET" && m != "HEAD"
}

// Field returns the field with this name.
func (s *Skill) Field(name string) (Field, bool) {
	i := slices.IndexFunc(s.Fields, func(f Field) bool { return f.Name == name })
	if i < 0 {
		return Field{}, false
	}
	return s.Fields[i], true
}

// input is Input without regard to case.
func (s *Skill) input(name string) (Input, bool) {
	i := slices.IndexFunc(s.Inputs, func(in Input) bool { return strings.EqualFold(in.Name, name) })
	if i < 0 {
		return Input{}, false
	}
	return s.Inputs[i], true
}

// derived are the endings of holes that are filled from what an input names: userId, appName, locationCode.
var derived = []string{"Id", "Name", "Code", "Deleted", "AppId", "Number"}

// fills says whether a hole has something to be filled with: an input, a part of one, or the fields asked for.
func (s *Skill) fills(hole string) bool {
	if _, ok := s.Input(hole); ok || slices.Contains([]string{"fieldColumns", "address", "prefix", "abroad", "oldest", "from", "to", "period", "place", "outsideCode", "outsideName", "outsidePlace"}, hole) {
		return true
	}
	for _, d := range derived {
		if base, ok := strings.CutSuffix(hole, d); ok {
			if _, ok := s.Input(base); ok {
				return true
			}
		}
	}
	return false
}
