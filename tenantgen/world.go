package tenantgen

import "strings"

// doc is a JSON object of the directory; encoding/json sorts its keys.
type doc map[string]any

// world is the whole state of one generation.
type world struct {
	cfg                                      Config
	seed                                     uint64
	start, end                               moment
	tenant, countryLocation, trustedLocation guid
	guestTerms, remoteTerms                  guid
	shortName, initialDomain, initials       string
	cities, offices, hostile                 []*place
	towns                                    [][]*place // by office
	restricted                               []string
	pools                                    map[string]namePool
	nicks                                    map[string]int
	people, deleted                          []*person
	devices                                  []*device
	skus                                     []*sku
	groups                                   []*group
	roles                                    []*role
	apps                                     []*app
	appByName                                map[string]*app
	graph, management                        *app
	business, workloads                      []*app
	webApps, nativeApps, phoneApps           []*app
	grants                                   []*grant
	policies                                 []*policy
	signIns                                  []*signIn
	audits                                   []*audit
	mails                                    []*officeEvent
	calls                                    []*graphCall
	detections                               []*detection
	riskHistory                              []*riskChange
	riskyWorkloads                           []doc
	incidents                                []doc
	truth                                    Truth
	victims, hasRisk                         map[*person]bool
	envelope, tenantField, tenantsField      []byte // constant parts of log records
}

func newWorld(cfg Config) *world {
	w := &world{cfg: cfg, seed: cfg.Seed ^ key(0, cfg.Org+"\x00"+cfg.Domain, 0, 0), end: momentOf(cfg.End), pools: namePools(), nicks: map[string]int{},
		appByName: map[string]*app{}, hostile: hostileCities(), cities: officeCities(), restricted: restrictedCountries(), skus: productCatalogue(), victims: map[*person]bool{}, hasRisk: map[*person]bool{}}
	w.start = w.end - moment(cfg.Days)*86_400_000
	w.tenant = guidOf(w.seed, "tenant", 0, 0)
	w.countryLocation, w.trustedLocation = guidOf(w.seed, "location", 0, 0), guidOf(w.seed, "location", 1, 0)
	w.guestTerms, w.remoteTerms = guidOf(w.seed, "terms", 0, 0), guidOf(w.seed, "terms", 1, 0)
	w.shortName = strings.ReplaceAll(strings.SplitN(cfg.Domain, ".", 2)[0], "-", "")
	w.initialDomain = w.shortName + ".onmicrosoft.com"
	w.initials = initials(cfg.Org)
	w.offices = w.cities[:min(len(w.cities), 3+cfg.Users/150)]
	for _, o := range w.offices {
		w.towns = append(w.towns, townsNear(w.seed, o, 4+cfg.Users/len(w.offices)/2))
	}
	w.fixEnvelope()
	w.populateDirectory()
	return w
}

func (w *world) fixEnvelope() {
	t := w.tenant.String()
	w.envelope = []byte(`"resourceId":"/tenants/` + t + `/providers/Microsoft.aadiam"`)
	w.tenantField = []byte(`,"tenantId":"` + t + `"`)
	w.tenantsField = []byte(`,"resourceTenantId":"` + t + `","homeTenantId":"` + t + `"`)
}

// populateDirectory builds the state in order of dependence.
func (w *world) populateDirectory() {
	for i := range w.cfg.Users {
		p := w.newPerson(i)
		w.people = append(w.people, p)
	}
	w.shareName()
	w.hire()
	for _, p := range w.people {
		w.equip(p)
		w.register(p)
		w.license(p)
	}
	w.formGroups()
	w.delegate()
	w.deploy()
	w.deleteSome()
	w.graph, w.management = w.app("Microsoft Graph"), w.app("Windows Azure Service Management API")
	w.business = w.appsOf(businessApp)
	w.workloads = append(w.appsOf(daemon), w.appsOf(managedIdentity)...)
	list := func(names ...string) (out []*app) {
		for _, n := range names {
			out = append(out, w.app(n))
		}
		return out
	}
	w.webApps = list("OfficeHome", "OfficeHome", "One Outlook Web", "Office 365 SharePoint Online", "Office 365 Exchange Online", "My Apps", "Power BI Service")
	w.nativeApps = list("Microsoft Teams", "Microsoft Teams", "Microsoft Office", "OneDrive SyncEngine", "Windows Sign In")
	w.phoneApps = list("Outlook Mobile", "Outlook Mobile", "Microsoft Teams", "Microsoft Authentication Broker")
	w.makePolicies()
}

func (w *world) filter(keep func(*person) bool) []*person {
	var out []*person
	for _, p := range w.people {
		if keep(p) {
			out = append(out, p)
		}
	}
	return out
}

func (p *person) userType() string {
	if p.kind == guest {
		return "Guest"
	}
	return "Member"
}

// reference is an expanded directory object.
func (p *person) reference() doc {
	return doc{"@odata.type": "#microsoft.graph.user", "id": p.id, "displayName": p.display, "userPrincipalName": p.upn}
}
