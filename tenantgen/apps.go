package tenantgen

import (
	"fmt"
	"strings"
	"time"
)

type appSort uint8

const (
	microsoftApp appSort = iota
	businessApp          // an application people sign in to
	daemon               // signs in by itself, with a secret or a certificate
	managedIdentity
	foreignApp // registered in another tenant, known here through a consent
)

// app is a service principal and, where it is the tenant's own, its application object.
type app struct {
	index              int
	sort               appSort
	id, objectID       guid // service principal, application
	appID, name        string
	client             string // name in the user agent of a native client, "" for browser only
	resource           *app
	created            moment
	owners             []*person
	credentials        []credential
	scopes             []string // delegated, of a consent or a registration
	roles              []string // application permissions
	assignmentRequired bool
	assigned           []membership
	homeTenant         guid
	ip                 string
	place              *place
	weight             float64
	disabled           bool
}

type credential struct {
	keyID       guid
	name        string
	from, until moment
	certificate bool
}

// grant is an OAuth 2.0 delegated permission grant.
type grant struct {
	id       string
	app      *app
	person   *person // nil: for everybody, by an administrator
	resource *app
	scope    string
	since    moment
	logged   bool // an attack has written the events of it
}

const microsoftTenant = "f8cdef31-a31e-4b4a-93e4-5f571e91255a" // owner of Microsoft's own service principals

// permissionIDs are the published ids of Microsoft Graph permissions (permissions reference).
func permissionIDs() map[string]string {
	return map[string]string{
		"User.Read": "e1fe6dd8-ba31-4d61-89e7-88639da4683d", "Mail.Read": "570282fd-fa5c-430d-a7fd-fc8dc98a9dca", "Mail.ReadWrite": "024d486e-b451-40bb-833d-3e66d98c5c73",
		"Mail.Send": "e383f46e-2787-4529-855e-0e479a3ffac0", "Files.ReadWrite.All": "863451e7-0667-486c-a5d6-d135439485f0", "offline_access": "7427e0e9-2fba-42fe-b0c0-848c9e6a8182",
		"Directory.Read.All/role": "7ab1d382-f21e-4acd-a863-ba3e13f7da61", "User.Read.All/role": "df021288-bdef-4463-88db-98f22de89214", "Mail.Read/role": "810c84a8-4a9e-49e6-bf7d-12d183f40d01",
		"Group.Read.All/role": "5b567255-7703-4780-807c-7be8301ae99b", "AuditLog.Read.All/role": "b0afded3-3588-46d8-8b3d-9842eff778da", "Files.Read.All/role": "01d4889c-1287-42c6-ac1f-5d1e02578ef6",
	}
}

// microsoftApps are first-party applications under their published application ids.
func microsoftApps() [][3]string { // appId, name, native client
	return [][3]string{
		{"1fec8e78-bce4-4aaf-ab1b-5451cc387264", "Microsoft Teams", "Teams"},
		{"00000002-0000-0ff1-ce00-000000000000", "Office 365 Exchange Online", ""},
		{"00000003-0000-0ff1-ce00-000000000000", "Office 365 SharePoint Online", ""},
		{"4765445b-32c6-49b0-83e6-1d93765276ca", "OfficeHome", ""},
		{"d3590ed6-52b3-4102-aeff-aad2292ab01c", "Microsoft Office", "Microsoft Office"},
		{"ab9b8c07-8f02-4f72-87fa-80105867a763", "OneDrive SyncEngine", "SkyDriveSync"},
		{"27922004-5251-4030-b22d-91ecd9a37ea4", "Outlook Mobile", "Outlook"},
		{"9199bf20-a13f-4107-85dc-02114787ef48", "One Outlook Web", ""},
		{"38aa3b87-a06d-4817-b275-7a316988d93b", "Windows Sign In", "Windows-AzureAD-Authentication-Provider"},
		{"29d9ed98-a469-4536-ade2-f981bc1d605e", "Microsoft Authentication Broker", "Broker"},
		{"2793995e-0a7d-40d7-bd35-6968ba142197", "My Apps", ""},
		{"c44b4083-3bb0-49c1-b47d-974e53cbdf3c", "Azure Portal", ""},
		{"04b07795-8ddb-461a-bbee-02f9e1bf7b46", "Microsoft Azure CLI", "azure-cli"},
		{"871c010f-5e61-4fb1-83ac-98610a7e9110", "Power BI Service", ""},
		{"00000003-0000-0000-c000-000000000000", "Microsoft Graph", ""},
		{"797f4846-ba00-4fd7-ba43-dac1f8f63013", "Windows Azure Service Management API", ""},
		{"00000002-0000-0000-c000-000000000000", "Windows Azure Active Directory", ""},
		{"0000000a-0000-0000-c000-000000000000", "Microsoft Intune", ""},
	}
}

func (w *world) deploy() {
	for _, m := range microsoftApps() {
		w.addApp(&app{sort: microsoftApp, name: m[1], appID: m[0], client: m[2]})
	}
	resources := map[string]string{"Microsoft Office": "Microsoft Graph", "OneDrive SyncEngine": "Office 365 SharePoint Online", "Outlook Mobile": "Office 365 Exchange Online",
		"One Outlook Web": "Office 365 Exchange Online", "Azure Portal": "Windows Azure Service Management API", "Microsoft Azure CLI": "Windows Azure Service Management API",
		"Windows Sign In": "Windows Azure Active Directory", "Microsoft Authentication Broker": "Microsoft Intune", "My Apps": "Microsoft Graph", "Microsoft Teams": "Microsoft Graph"}
	for name, to := range resources {
		w.app(name).resource = w.app(to)
	}
	product := words("Alder Bramble Cascade Dovetail Elder Flint Gable Heron Ivory Juniper Kestrel Larch Marlin Nettle Osprey Puffin Rowan Saffron Teal Vireo")
	purpose := words("Ledger Timecards Vendors Invoicing Claims Collections Onboarding Scheduling Signatures Surveys Reporting Warehouse Mortgages Cards Ticketing")
	for i := range 12 + w.cfg.Users/12 {
		w.addApp(&app{sort: businessApp, name: fmt.Sprintf("%s %s", product[i%len(product)], purpose[(i*7+i/len(product))%len(purpose)])})
	}
	task := words("ledger-export payroll-feed badge-sync siem-forwarder backup-runner report-mailer card-settlement hr-provisioning ticket-bridge rates-import")
	for i := range 6 + w.cfg.Users/50 {
		w.addApp(&app{sort: daemon, name: numbered(task, i)})
	}
	task = words("fn-statement-render vm-batch-eastus aks-payments-api logic-invoice-router adf-nightly-load")
	for i := range 3 + w.cfg.Users/150 {
		w.addApp(&app{sort: managedIdentity, name: numbered(task, i)})
	}
	w.grantPermissions()
}

func numbered(names []string, i int) string {
	if i < len(names) {
		return names[i]
	}
	return fmt.Sprintf("%s-%d", names[i%len(names)], i/len(names)+1)
}

// addApp completes a service principal by its sort. Its stream is keyed by name, so the number of
// applications of one sort does not change those of another.
func (w *world) addApp(a *app) *app {
	r := streamOf(w.seed, "app "+a.name, int(a.sort), 0)
	a.index, a.id, a.objectID = len(w.apps), r.guid(), r.guid()
	if a.appID == "" {
		a.appID = r.guid().String()
	}
	a.resource = a
	a.created = w.end.add(-time.Duration(r.between(120, 1400))*day - time.Duration(r.intn(70000))*time.Second)
	admins := w.people[6:11]
	secret := func(from moment, years int) {
		a.credentials = append(a.credentials, credential{keyID: r.guid(), name: fmt.Sprintf("secret-%d", len(a.credentials)+1), from: from, until: from.add(time.Duration(years) * 365 * day)})
	}
	switch a.sort {
	case businessApp:
		a.owners = []*person{pick(&r, admins), pick(&r, w.people[18:])}
		a.scopes = []string{"User.Read", "offline_access"}
		if r.chance(0.3) {
			a.scopes = append(a.scopes, "Mail.Read")
		}
		a.assignmentRequired = r.chance(0.6)
		if r.chance(0.5) {
			secret(w.end.add(-time.Duration(r.between(2, 500))*day), 2)
		}
	case daemon:
		a.owners = []*person{pick(&r, admins)}
		a.roles = []string{pick(&r, []string{"User.Read.All", "Group.Read.All", "Directory.Read.All", "AuditLog.Read.All", "Files.Read.All", "Mail.Read"})}
		a.weight = 0.2 + 2*r.float()*r.float()
		w.daemonCredential(a, &r)
	case managedIdentity:
		a.weight = 0.5 + r.float()
		a.credentials = []credential{{keyID: r.guid(), from: w.end.add(-30 * day), until: w.end.add(60 * day), certificate: true}}
	}
	if len(a.owners) == 2 && (a.owners[0] == a.owners[1] || a.owners[1].kind != member) {
		a.owners = a.owners[:1]
	}
	a.place = w.offices[r.intn(len(w.offices))]
	a.ip = workloadIP(a.index)
	w.apps = append(w.apps, a)
	w.appByName[a.name] = a
	return a
}

// daemonCredential: the second daemon of every ten goes on using a secret that expired lately.
func (w *world) daemonCredential(a *app, r *stream) {
	from := w.end.add(-time.Duration(r.between(10, 600)) * day)
	c := credential{keyID: r.guid(), name: "automation", from: from, until: from.add(730 * day), certificate: r.chance(0.4)}
	if len(w.appsOf(daemon))%10 == 1 {
		a.weight = 1
		c.certificate, c.until = false, w.end.add(-time.Duration(r.between(2, 12))*day-time.Duration(r.intn(80000))*time.Second)
		c.from = c.until.add(-365 * day)
	}
	a.credentials = append(a.credentials, c)
}

func (w *world) app(name string) *app { return w.appByName[name] }

func (w *world) appsOf(s appSort) []*app {
	var out []*app
	for _, a := range w.apps {
		if a.sort == s {
			out = append(out, a)
		}
	}
	return out
}

// grantPermissions assigns people to applications and records administrators' and people's consent.
func (w *world) grantPermissions() {
	graph := w.app("Microsoft Graph")
	business := w.appsOf(businessApp)
	for _, a := range business {
		r := streamOf(w.seed, "consent", a.index, 0)
		if r.chance(0.6) {
			w.grants = append(w.grants, &grant{id: grantID(r.guid()), app: a, resource: graph, scope: strings.Join(a.scopes, " "), since: a.created.add(time.Hour)})
		}
	}
	for _, p := range w.people {
		if p.kind != member {
			continue
		}
		for i, f := range p.habits.favourites {
			r := streamOf(w.seed, "assigned", p.index, i)
			a := business[f%len(business)]
			since := max(p.created.add(6*time.Hour), a.created, w.end.add(-time.Duration(r.between(1, 500))*day-time.Duration(r.intn(50000))*time.Second))
			if !a.isAssigned(p) {
				a.assigned = append(a.assigned, membership{person: p, since: min(since, w.end.add(-time.Hour)), by: a.owners[0]})
				if r.chance(0.03) {
					w.grants = append(w.grants, &grant{id: grantID(r.guid()), app: a, person: p, resource: graph, scope: "User.Read openid profile", since: min(since.add(9*time.Minute), w.end.add(-50*time.Minute))})
				}
			}
		}
	}
}

func (a *app) isAssigned(p *person) bool {
	for i := len(a.assigned) - 1; i >= 0; i-- { // people come in order: an earlier assignment of p is near the end
		if a.assigned[i].person == p {
			return true
		}
		if a.assigned[i].person.index < p.index {
			return false
		}
	}
	return false
}

func grantID(g guid) string { return strings.TrimRight(g.token()+g.token(), "=")[:43] }
