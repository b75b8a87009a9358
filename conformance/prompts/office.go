package prompts

import (
	"bufio"
	"bytes"
	"encoding/json"
	"strings"
	"time"
)

// pair is a name and a value of a record's list.
type pair struct{ Name, Value string }

// Office is a record of the unified audit log.
type Office struct {
	CreationTime                       string
	ID                                 string `json:"Id"`
	Operation, UserID, MailboxOwnerUPN string
	ObjectID, ClientIP, Workload       string
	Parameters, OperationProperties    []pair
	Item                               struct {
		ParentFolder struct{ MemberUpn, Path string }
	}
	Folders []struct {
		Path        string
		FolderItems []struct{ InternetMessageID string }
	}

	at time.Time
}

// readOffice reads AuditData records, one a line.
func (e *Export) readOffice(b []byte) error {
	lines := bufio.NewScanner(bytes.NewReader(b))
	lines.Buffer(make([]byte, 1<<20), 64<<20)
	for lines.Scan() {
		var o Office
		if err := json.Unmarshal(lines.Bytes(), &o); err != nil {
			return err
		}
		var err error
		if o.at, err = time.Parse("2006-01-02T15:04:05", strings.TrimSuffix(o.CreationTime, "Z")); err != nil {
			return err
		}
		e.Office = append(e.Office, &o)
	}
	return lines.Err()
}

func valueOf(list []pair, names ...string) string {
	for _, p := range list {
		if contains(names, p.Name) {
			return p.Value
		}
	}
	return ""
}

// access is how mail was accessed: Bind, Sync or not at all.
func (o *Office) access() string { return valueOf(o.OperationProperties, "MailAccessType") }

// changes are what a record does to a mailbox, as people call it; nil where it is no such record.
func (o *Office) changes() []string {
	forwards := valueOf(o.Parameters, "ForwardTo", "RedirectTo", "ForwardAsAttachmentTo", "ForwardingSmtpAddress", "ForwardingAddress") != "" ||
		strings.Contains(valueOf(o.OperationProperties, "RuleActions"), "Forward")
	var out []string
	switch o.Operation {
	case "New-InboxRule", "Set-InboxRule":
		out = []string{"rule"}
	case "UpdateInboxRules":
		out = []string{"rule"}
		if valueOf(o.OperationProperties, "RuleOperation") == "AddMailboxRule" && valueOf(o.OperationProperties, "RuleName") == "" {
			out = append(out, "hidden")
		}
	case "Add-MailboxPermission", "AddFolderPermissions":
		return []string{"delegate"}
	case "Set-Mailbox":
		if !forwards {
			return nil
		}
	default:
		return nil
	}
	if forwards {
		out = append(out, "forwarding")
		if to := o.forwardsTo(); !strings.HasSuffix(to, o.UserID[strings.IndexByte(o.UserID, '@'):]) {
			out = append(out, "external")
		}
	}
	return out
}

// forwardsTo is the address that mail goes to, or the text that names it.
func (o *Office) forwardsTo() string {
	if to := valueOf(o.Parameters, "ForwardTo", "RedirectTo", "ForwardAsAttachmentTo", "ForwardingSmtpAddress", "ForwardingAddress"); to != "" {
		return to
	}
	_, to, _ := strings.Cut(valueOf(o.OperationProperties, "RuleActions"), `"Recipients":["`)
	to, _, _ = strings.Cut(to, `"`)
	return to
}

// mailbox is the address of the mailbox that a record is about.
func (o *Office) mailbox() string {
	if o.MailboxOwnerUPN != "" {
		return o.MailboxOwnerUPN
	}
	if m := valueOf(o.Parameters, "Mailbox", "Identity"); m != "" {
		return m
	}
	if strings.HasSuffix(o.Operation, "-InboxRule") {
		return o.UserID
	}
	return o.ObjectID
}

// mailboxEvent tells whether a record is of the mailbox audit.
func (o *Office) mailboxEvent() bool {
	return contains([]string{"MailItemsAccessed", "Send", "SendAs", "HardDelete", "SoftDelete", "MoveToDeletedItems"}, o.Operation)
}

// office are the records that keep, newest first, and with those of a wider period.
func (e *Export) office(s *Subject, keep func(*Office) bool) (strict, loose []*Office) {
	from, early, to := s.When.period(e.Now)
	for _, o := range e.Office {
		concerned := s.User == nil || strings.EqualFold(o.UserID, s.User.UPN) || strings.EqualFold(o.mailbox(), s.User.UPN)
		if !concerned || !keep(o) || o.at.Before(early) || !o.at.Before(to) {
			continue
		}
		loose = append([]*Office{o}, loose...)
		if !o.at.Before(from) {
			strict = append([]*Office{o}, strict...)
		}
	}
	return strict, loose
}
