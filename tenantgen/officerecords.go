package tenantgen

// officeEvent is a unified audit log record of a mailbox or a file, as AuditData holds it.
type officeEvent struct {
	at                  moment
	id                  guid
	operation, workload string
	recordType          int
	person              *person // who did it
	mailbox             *person // whose mailbox; nil: the person's own
	ip                  string
	session             guid
	request             guid // of the sign-in whose token was used
	app                 *app
	object              string
	parameters          [][2]string // of a cmdlet
	properties          [][2]string // OperationProperties
	folder              string      // of MailItemsAccessed
	items               int         // messages of MailItemsAccessed; 0: one
	with                *person     // who gets the rights on the folder
}

func (w *world) appendOffice(b []byte, e *officeEvent) []byte {
	b = append(b, `{"CreationTime":"`...)
	b = append(e.at.appendSeconds(b), '"')
	b = appendGUIDField(b, "Id", e.id)
	b = appendField(b, "Operation", e.operation)
	b = appendGUIDField(b, "OrganizationId", w.tenant)
	b = appendIntField(b, "RecordType", e.recordType)
	b = append(b, `,"ResultStatus":"Succeeded","UserType":0,"Version":1`...)
	b = appendField(b, "UserKey", e.person.id.String())
	b = appendField(b, "Workload", e.workload)
	b = appendField(b, "UserId", e.person.upn)
	b = appendField(b, "ClientIP", e.ip)
	b = append(b, `,"ExternalAccess":false`...)
	b = appendField(b, "AppId", e.app.appID)
	b = appendField(b, "ClientAppId", e.app.appID)
	if e.object != "" {
		b = appendField(b, "ObjectId", e.object)
	}
	if e.workload == "Exchange" && e.recordType != exchangeAdmin {
		owner, logon := e.person, byOwner
		if e.mailbox != nil && e.mailbox != owner {
			owner, logon = e.mailbox, byDelegate
		}
		b = appendField(b, "MailboxOwnerUPN", owner.upn)
		b = appendGUIDField(b, "MailboxGuid", guidOf(w.seed, "mailbox", owner.index, 0))
		b = appendField(b, "ClientIPAddress", e.ip)
		b = appendIntField(b, "LogonType", logon)
		b = appendIntField(b, "InternalLogonType", 0)
		b = appendField(b, "ClientInfoString", e.client())
	}
	switch e.operation {
	case "MailItemsAccessed":
		b = w.appendItems(b, e)
	case "AddFolderPermissions":
		b = appendField(append(appendName(b, "Item"), `{"ParentFolder":{`...), "MemberRights", "ReadAny, Visible")
		b = appendField(appendField(appendField(b, "MemberUpn", e.with.upn), "Name", e.folder[1:]), "Path", e.folder)
		b = append(b, `}}`...)
	case "FileAccessed", "FileDownloaded":
		b = append(b, `,"ItemType":"File","EventSource":"SharePoint"`...)
	}
	b = appendPairs(b, "OperationProperties", e.properties)
	b = appendPairs(b, "Parameters", e.parameters)
	b = append(appendName(b, "AppAccessContext"), '{')
	b = appendGUIDField(b, "AADSessionId", e.session)
	b = appendField(b, "ClientAppId", e.app.appID)
	return append(appendField(b, "UniqueTokenId", e.request.token()), "}}\n"...)
}

// Record types and logon types of the Management Activity API schema.
const (
	exchangeAdmin = 1
	exchangeItem  = 2
	itemAccess    = 50
	byOwner       = 0
	byDelegate    = 2
)

// client is what the mail client calls itself: Outlook on Windows speaks MAPI, all others REST.
func (e *officeEvent) client() string {
	if e.operation == "UpdateInboxRules" || e.property("MailAccessType") == "Sync" {
		return "Client=MSExchangeRPC"
	}
	return "Client=REST;Client=RESTSystem;;"
}

func (e *officeEvent) property(name string) string {
	for _, p := range e.properties {
		if p[0] == name {
			return p[1]
		}
	}
	return ""
}

// appendItems writes what was accessed: single messages by their ids, or a folder as a whole.
func (w *world) appendItems(b []byte, e *officeEvent) []byte {
	folder := e.folder
	if folder == "" {
		folder = `\Inbox`
	}
	if e.properties == nil {
		b = appendPairs(b, "OperationProperties", accessOf("Bind", false))
	}
	if e.property("MailAccessType") == "Sync" {
		b = append(appendName(b, "Item"), `{"ParentFolder":{`...)
		b = appendField(b, "Path", folder)
		return append(appendField(b, "Name", folder[1:]), `}}`...)
	}
	n := max(e.items, 1)
	b = appendIntField(b, "OperationCount", n)
	b = append(appendField(append(appendName(b, "Folders"), "[{"...), "Path", folder), `,"FolderItems":[`...)
	for i := range n {
		if i > 0 {
			b = append(b, ',')
		}
		id := e.id
		if i > 0 {
			id = guidOf(w.seed, "message "+e.id.String(), i, 0)
		}
		b = appendField(append(b, '{'), "InternetMessageId", "<"+id.String()+"@"+w.cfg.Domain+">")
		b = append(b, '}')
	}
	return append(b, "]}]"...)
}

func accessOf(kind string, throttled bool) [][2]string {
	told := "False"
	if throttled {
		told = "True"
	}
	return [][2]string{{"MailAccessType", kind}, {"IsThrottled", told}}
}

func appendPairs(b []byte, name string, pairs [][2]string) []byte {
	if len(pairs) == 0 {
		return b
	}
	b = append(appendName(b, name), '[')
	for i, p := range pairs {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendField(appendField(append(b, '{'), "Name", p[0]), "Value", p[1]), '}')
	}
	return append(b, ']')
}
