package activity

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/sleuth-sec/sleuth/audit"
)

// record is an audit record of the Management Activity API, as CloudAppEvents.RawEventData holds it too.
// https://learn.microsoft.com/office/office-365-management-api/office-365-management-activity-api-schema#common-schema
// https://learn.microsoft.com/office/office-365-management-api/copilot-schema
type record struct {
	CreationTime     string         `json:"CreationTime"` // UTC, whole seconds, without a zone: as the API writes it
	ID               string         `json:"Id"`
	Operation        string         `json:"Operation"`
	OrganizationID   string         `json:"OrganizationId,omitempty"`
	RecordType       int            `json:"RecordType"`
	ResultStatus     string         `json:"ResultStatus,omitempty"`
	UserKey          string         `json:"UserKey"`
	UserType         int            `json:"UserType"` // 0 regular, 2 administrator
	Version          int            `json:"Version"`
	Workload         string         `json:"Workload"`
	ClientIP         string         `json:"ClientIP,omitempty"`
	ObjectID         string         `json:"ObjectId,omitempty"`
	UserID           string         `json:"UserId"`
	AppIdentity      string         `json:"AppIdentity"`
	ApplicationName  string         `json:"ApplicationName"`
	CopilotLog       string         `json:"CopilotLogVersion,omitempty"`
	CopilotEventData *eventData     `json:"CopilotEventData,omitempty"`
	SettingsData     *settingsData  `json:"CopilotSettingsEventData,omitempty"`
	ErrorNumber      string         `json:"ErrorNumber,omitempty"`
	LogonError       string         `json:"LogonError,omitempty"`
	Extended         []nameAndValue `json:"ExtendedProperties,omitempty"`
	Own              ownData        `json:"SleuthAudit"`
}

type nameAndValue struct {
	Name  string `json:"Name"`
	Value string `json:"Value"`
}

// eventData is what an interaction says. CorrelationId and ThreadId are the session, under the names of two generations.
type eventData struct {
	AppHost       string     `json:"AppHost"`
	ThreadID      string     `json:"ThreadId,omitempty"`
	CorrelationID string     `json:"CorrelationId,omitempty"`
	Messages      []message  `json:"Messages"`
	Plugins       []plugin   `json:"AISystemPlugin,omitempty"`
	Accessed      []resource `json:"AccessedResources,omitempty"`
	Models        []model    `json:"ModelTransparencyDetails,omitempty"`
}

type message struct {
	ID       string `json:"Id"`
	IsPrompt bool   `json:"isPrompt"`
	Size     int    `json:"Size,omitempty"` // bytes, of a text that may be shown
	Text     string `json:"Text,omitempty"` // only as far as the owner opted in
}

type plugin struct {
	Name string `json:"Name"`
}

type resource struct {
	Name string `json:"Name"`
	Type string `json:"Type"`
}

type model struct {
	Name string `json:"ModelName"`
}

type settingsData struct {
	Resource []setting `json:"Resource"`
}

type setting struct {
	Property      string `json:"Property"`
	NewValue      string `json:"NewValue"`
	OriginalValue string `json:"OriginalValue"`
}

// ownData is the entry itself: where it stands in the log, under its own name, with its details.
type ownData struct {
	Index     uint64            `json:"Index"`
	Operation string            `json:"Operation"`
	Outcome   string            `json:"Outcome,omitempty"`
	Details   map[string]string `json:"Details,omitempty"`
	Texts     map[string]string `json:"Texts,omitempty"`
}

// Management is the record of an entry as the Management Activity API would give it, as compact JSON, under the program's own
// identity.
func (m *Mapper) Management(e audit.Entry, texts Texts) (json.RawMessage, error) {
	data, err := json.Marshal(m.record(e, m.factsOf(e), outside(), texts))
	if err != nil {
		return nil, fmt.Errorf("entry %d: %w", e.Index, err)
	}
	return data, nil
}

func (m *Mapper) record(e audit.Entry, f facts, id identity, texts Texts) *record {
	r := &record{
		CreationTime: e.Time.UTC().Format("2006-01-02T15:04:05"), ID: m.recordID(e.Index), Operation: f.op.Name, OrganizationID: m.organization,
		RecordType: f.op.Record, ResultStatus: "Success", UserKey: f.user, Version: 1, Workload: "Copilot", ClientIP: f.ip, ObjectID: e.Object,
		UserID: f.user, AppIdentity: id.appIdentity, ApplicationName: id.application, CopilotLog: "1.0.0.0",
		Own: ownData{Index: e.Index, Operation: e.Operation, Outcome: e.Outcome, Details: shownDetails(e, texts)},
	}
	if f.userID != "" {
		r.UserKey = f.userID
	}
	if f.admin {
		r.UserType = 2
	}
	if f.failed {
		r.ResultStatus = "Failed"
	}
	if id.feed && f.op.Feed != "" {
		r.Operation = f.op.Feed
	}
	if f.op.Workload != "" {
		r.Workload, r.CopilotLog = f.op.Workload, ""
	}
	switch {
	case f.op.Name == interaction:
		r.CopilotEventData = m.eventData(e, f, id, texts, r.ID)
	case f.signIn():
		signInRecord(r, e, f)
	case f.op.Record != OwnRecordType:
		r.SettingsData = &settingsData{[]setting{settingOf(e, f)}}
	}
	if r.CopilotEventData == nil {
		for name := range e.Texts {
			if text, ok := texts(name); ok {
				if r.Own.Texts == nil {
					r.Own.Texts = map[string]string{}
				}
				r.Own.Texts[name] = text
			}
		}
	}
	return r
}

const interaction = "CopilotInteraction"

// shownDetails are the details of an entry. Some of them repeat what was typed: they are shown where texts are.
func shownDetails(e audit.Entry, texts Texts) map[string]string {
	out := map[string]string{}
	for name, v := range e.Details {
		if slices.Contains([]string{"query", "command", "prompt", "answer", "text"}, name) {
			if _, ok := texts(name); !ok {
				continue
			}
		}
		out[name] = v
	}
	return out
}

// eventData is an interaction of one message: a prompt, or an answer.
func (m *Mapper) eventData(e audit.Entry, f facts, id identity, texts Texts, recordID string) *eventData {
	msg := message{ID: f.message, IsPrompt: e.Operation != "PromptAnswered"}
	if msg.ID == "" {
		msg.ID = recordID
	}
	name := "prompt"
	if !msg.IsPrompt {
		name = "answer"
	}
	if text, ok := texts(name); ok {
		msg.Text, msg.Size = text, len(text)
	}
	d := &eventData{AppHost: id.appHost, ThreadID: f.session, CorrelationID: f.session, Messages: []message{msg}}
	if f.appHost != "" {
		d.AppHost = f.appHost
	}
	for _, skill := range list(e.Details["skills"]) {
		d.Plugins = append(d.Plugins, plugin{skill})
	}
	for _, table := range list(e.Details["tables"]) {
		d.Accessed = append(d.Accessed, resource{table, "Table"})
	}
	for _, name := range list(e.Details["model"]) {
		d.Models = append(d.Models, model{name})
	}
	return d
}

// settingOf is what an entry changed. The name of a setting carries the prefix that the published workbook cuts off.
func settingOf(e audit.Entry, f facts) setting {
	s := setting{Property: e.Details["property"], NewValue: f.op.New, OriginalValue: f.op.Original}
	if s.Property == "" {
		s.Property = e.Object
	}
	for value, names := range map[*string][]string{&s.NewValue: {"newValue", "new"}, &s.OriginalValue: {"originalValue", "original", "oldValue", "old"}} {
		for _, n := range names {
			if v, ok := e.Details[n]; ok {
				*value = v
				break
			}
		}
	}
	switch {
	case f.op.Name == "UploadFile":
		s = setting{Property: settingPrefix + "FileUploads", NewValue: e.Object}
	case f.op.Name == "DeleteFile":
		s = setting{Property: settingPrefix + "FileUploads", OriginalValue: e.Object}
	case f.op.Type == "UpdateCopilotSettings" && !strings.HasPrefix(s.Property, settingPrefix) && !strings.HasPrefix(s.Property, "Skillsets."):
		s.Property = settingPrefix + s.Property
	}
	return s
}

// settingPrefix is cut off by published queries: substring(Property, 9).
const settingPrefix = "Settings."

func list(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' })
}
