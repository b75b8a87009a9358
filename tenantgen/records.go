package tenantgen

// The other log records: directory audits, mailbox and file activity, Graph calls. Each type is one
// event with its way of being written.

type target struct {
	typ, name, upn string
	id             guid
	changes        [][3]string // property, old, new: JSON text already; old may be ""
}

// audit is a directory audit event.
type audit struct {
	at                              moment
	id                              guid
	correlation                     guid
	activity, category, service, op string
	failed                          bool
	why                             string
	by                              *person
	byApp                           *app
	ip                              string
	targets                         []target
}

func userTarget(p *person, changes ...[3]string) target {
	return target{typ: "User", name: p.display, upn: p.upn, id: p.id, changes: changes}
}
func groupTarget(g *group) target { return target{typ: "Group", name: g.name, id: g.id} }
func appTarget(a *app, changes ...[3]string) target {
	return target{typ: "ServicePrincipal", name: a.name, id: a.id, changes: changes}
}

func (a *audit) eventID() string {
	prefix := map[string]string{"Core Directory": "Directory", "Authentication Methods": "Authentication", "Self-service Password Management": "SSPR"}[a.service]
	if prefix == "" {
		prefix = "Directory"
	}
	return prefix + "_" + a.id.String() + "_" + a.id.token()[:6]
}

func (w *world) appendAudit(b []byte, a *audit) []byte {
	b = append(b, `{"time":"`...)
	b = append(a.at.append(b), "Z\","...)
	b = append(b, w.envelope...)
	b = appendField(b, "operationName", a.activity)
	b = append(b, `,"operationVersion":"1.0","category":"AuditLogs"`...)
	b = append(b, w.tenantField...)
	b = append(b, `,"resultSignature":"None"`...)
	if a.why != "" {
		b = appendField(b, "resultDescription", a.why)
	}
	b = append(b, `,"durationMs":0`...)
	if a.ip != "" {
		b = appendField(b, "callerIpAddress", a.ip)
	}
	b = appendGUIDField(b, "correlationId", a.correlation)
	who := ""
	if a.by != nil {
		who = a.by.display
	} else if a.byApp != nil {
		who = a.byApp.name
	}
	b = append(appendField(b, "identity", who), `,"Level":4,"properties":{`...)
	b = appendField(b, "id", a.eventID())
	b = appendField(b, "category", a.category)
	b = appendGUIDField(b, "correlationId", a.correlation)
	result := "success"
	if a.failed {
		result = "failure"
	}
	b = appendField(b, "result", result)
	b = appendField(b, "resultReason", a.why)
	b = appendField(b, "activityDisplayName", a.activity)
	b = append(b, `,"activityDateTime":"`...)
	b = append(a.at.append(b), `+00:00"`...)
	b = appendField(b, "loggedByService", a.service)
	b = appendField(b, "operationType", a.op)
	b = append(appendName(b, "initiatedBy"), '{')
	if a.by != nil {
		b = append(b, `"user":{`...)
		b = appendGUIDField(b, "id", a.by.id)
		b = append(b, `,"displayName":null`...)
		b = appendField(b, "userPrincipalName", a.by.upn)
		b = append(appendField(b, "ipAddress", a.ip), `,"roles":[]}}`...)
	} else {
		b = append(b, `"app":{"appId":null`...)
		b = appendField(b, "displayName", a.byApp.name)
		b = append(appendGUIDField(b, "servicePrincipalId", a.byApp.id), `,"servicePrincipalName":null}}`...)
	}
	b = append(appendName(b, "targetResources"), '[')
	for i, t := range a.targets {
		if i > 0 {
			b = append(b, ',')
		}
		b = t.append(b)
	}
	return append(b, `],"additionalDetails":[]}}`+"\n"...)
}

func (t target) append(b []byte) []byte {
	b = appendGUIDField(append(b, '{'), "id", t.id)
	b = appendField(b, "displayName", t.name)
	b = appendField(b, "type", t.typ)
	if t.upn != "" {
		b = appendField(b, "userPrincipalName", t.upn)
	}
	if t.typ == "Group" {
		b = append(b, `,"groupType":"azureAD"`...)
	}
	b = append(appendName(b, "modifiedProperties"), '[')
	for i, c := range t.changes {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendField(append(b, '{'), "displayName", c[0])
		if c[1] == "" {
			b = append(b, `,"oldValue":null`...)
		} else {
			b = appendField(b, "oldValue", c[1])
		}
		b = append(appendField(b, "newValue", c[2]), '}')
	}
	return append(b, `],"administrativeUnits":[]}`...)
}

// graphCall is a Microsoft Graph activity record.
type graphCall struct {
	at             moment
	id             guid
	request        guid // of the sign-in whose token was used
	session        guid
	issued         moment
	person         *person
	app            *app
	ip, agent, uri string
	method         string
	scopes         string
	status         int
	device         *device
	region         string
}

func (w *world) appendCall(b []byte, c *graphCall) []byte {
	b = append(b, `{"time":"`...)
	b = append(c.at.append(b), "Z\","...)
	b = append(b, w.envelope...)
	b = append(b, `,"operationName":"Microsoft Graph Activity","operationVersion":"v1.0","category":"MicrosoftGraphActivityLogs"`...)
	b = append(b, w.tenantField...)
	b = append(appendIntField(b, "durationMs", 30+int(c.id[2])), `,"Level":4`...)
	b = appendField(b, "callerIpAddress", c.ip)
	b = appendGUIDField(b, "correlationId", c.id)
	b = append(appendField(b, "location", c.region), `,"properties":{`...)
	b = append(append(b, `"timeGenerated":"`...), c.at.append(nil)...)
	b = append(b, `Z"`...)
	b = appendField(b, "location", c.region)
	b = appendGUIDField(b, "requestId", c.id)
	b = appendGUIDField(b, "operationId", c.id)
	b = appendGUIDField(b, "clientRequestId", c.id)
	b = append(b, `,"apiVersion":"v1.0"`...)
	b = appendField(b, "requestMethod", c.method)
	b = appendIntField(b, "responseStatusCode", c.status)
	b = appendGUIDField(b, "tenantId", w.tenant)
	b = appendField(b, "ipAddress", c.ip)
	b = appendField(b, "userAgent", c.agent)
	b = appendField(b, "requestUri", "https://graph.microsoft.com/v1.0/"+c.uri)
	b = appendIntField(b, "durationMs", 30+int(c.id[2]))
	b = appendIntField(b, "responseSizeBytes", 200+int(c.id[1])*41)
	b = append(appendName(b, "signInActivityId"), '"')
	b = append(c.request.appendToken(b), '"')
	b = append(appendName(b, "uniqueTokenId"), '"')
	b = append(c.request.appendToken(b), '"')
	b = append(b, `,"tokenIssuedAt":"`...)
	b = append(c.issued.append(b), `Z"`...)
	if c.person != nil {
		b = appendGUIDField(b, "userId", c.person.id)
		b = appendGUIDField(b, "sessionId", c.session)
		b = append(b, `,"clientAuthMethod":0,"identityProvider":""`...)
	} else {
		b = appendGUIDField(b, "servicePrincipalId", c.app.id)
		b = append(b, `,"clientAuthMethod":1,"identityProvider":""`...)
	}
	if c.device != nil {
		b = appendGUIDField(b, "deviceId", c.device.deviceID)
	}
	b = appendField(b, "appId", c.app.appID)
	return append(appendField(b, "scopes", c.scopes), "}}\n"...)
}
