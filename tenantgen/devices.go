package tenantgen

import (
	"fmt"
	"time"
)

// device is a registered device with one owner.
type device struct {
	index                 int
	id, deviceID          guid
	owner                 *person
	name, model, maker    string
	os, version, signInOS string // operatingSystem(Version) of the device; operatingSystem of its sign-ins
	trust, signInTrust    string
	phone, ios, mac       bool
	compliant, managed    bool
	enabled               bool
	registered, lastSeen  moment
	ordinal               int // among the owner's phones
}

func (d *device) rename(p *person) {
	if d.phone {
		given := p.given
		if given == "" {
			given = p.nick
		}
		d.name = given + "'s " + d.model
		if d.ordinal > 0 {
			d.name = fmt.Sprintf("%s (%d)", d.name, d.ordinal+1)
		}
	}
}

// equip gives a member a computer, most a phone, some a second computer or an older phone.
func (w *world) equip(p *person) {
	if p.kind != member {
		return
	}
	r := streamOf(w.seed, "equipment", p.index, 0)
	computers, phones := 1, 0
	if r.chance(0.12) {
		computers = 2
	}
	if r.chance(0.04) {
		computers = 0 // works on the phone or a shared computer only
	}
	if p.habits.phone {
		phones = 1
		if r.chance(0.08) {
			phones = 2
		}
	}
	for i := range computers {
		w.addDevice(p, w.computer(p, i))
	}
	for i := range phones {
		w.addDevice(p, w.phone(p, i))
	}
}

func (w *world) addDevice(p *person, d *device) {
	d.index, d.owner = len(w.devices), p
	w.devices = append(w.devices, d)
	p.devices = append(p.devices, d)
}

// acquired is when a device came: after its owner, before the end.
func (w *world) acquired(p *person, r *stream) moment {
	age := time.Duration(r.between(1, 1100))*day + time.Duration(r.intn(80000))*time.Second
	first := p.created.add(6 * time.Hour)
	return min(max(first, w.end.add(-age)), w.end.add(-10*time.Minute))
}

func (w *world) computer(p *person, ordinal int) *device {
	r := streamOf(w.seed, "computer", p.index, ordinal)
	d := &device{id: r.guid(), deviceID: r.guid(), enabled: true, managed: true, compliant: r.chance(0.95), registered: w.acquired(p, &r)}
	// Numbers are assigned by person so that they do not depend on who else has what.
	d.name = fmt.Sprintf("%s-LT-%04d", w.initials, p.index*2+ordinal+101)
	d.trust, d.signInTrust = "AzureAd", "Azure AD joined"
	if p.synced {
		d.trust, d.signInTrust = "ServerAd", "Hybrid Azure AD joined"
	}
	if p.habits.browser == 3 || r.chance(0.06) {
		d.mac, d.os, d.signInOS, d.maker = true, "macOS", "MacOs", "Apple"
		d.model, d.version = pick(&r, []string{"MacBook Pro", "MacBook Air"}), fmt.Sprintf("15.%d", r.intn(4))
		d.trust, d.signInTrust = "AzureAd", "Azure AD joined"
		return d
	}
	d.os, d.signInOS = "Windows", "Windows 11"
	build := 26100
	switch {
	case r.chance(0.1):
		d.signInOS, build = "Windows 10", 19045
	case r.chance(0.5):
		build = 22631
	}
	d.version = fmt.Sprintf("10.0.%d.%d", build, 1742+r.intn(3200))
	d.maker = pick(&r, []string{"LENOVO", "Dell Inc.", "HP", "Microsoft Corporation"})
	d.model = map[string]string{"LENOVO": "ThinkPad X1", "Dell Inc.": "Latitude 7450", "HP": "EliteBook 840", "Microsoft Corporation": "Surface Laptop"}[d.maker]
	return d
}

func (w *world) phone(p *person, ordinal int) *device {
	r := streamOf(w.seed, "phone", p.index, ordinal)
	d := &device{id: r.guid(), deviceID: r.guid(), enabled: true, phone: true, ordinal: ordinal, ios: p.habits.ios,
		trust: "Workplace", signInTrust: "Azure AD registered", managed: r.chance(0.6), registered: w.acquired(p, &r)}
	d.compliant = d.managed && r.chance(0.95)
	if d.ios {
		d.os, d.maker, d.version = "iOS", "Apple", fmt.Sprintf("18.%d", r.intn(4))
		d.model = pick(&r, []string{"iPhone 13", "iPhone 14", "iPhone 15", "iPhone 16", "iPhone SE"})
		d.signInOS = "Ios " + d.version
	} else {
		d.os, d.version = "Android", fmt.Sprint(r.between(12, 15))
		d.maker = pick(&r, []string{"Samsung", "Google", "Fairphone"})
		d.model = map[string]string{"Samsung": "Galaxy S24", "Google": "Pixel 9", "Fairphone": "Fairphone 5"}[d.maker]
		d.signInOS = "Android " + d.version
	}
	d.rename(p)
	return d
}

func (p *person) computerAt(at moment) *device { return p.deviceAt(at, false) }
func (p *person) phoneAt(at moment) *device    { return p.deviceAt(at, true) }

// deviceAt is the newest device of a sort that the person had at a moment.
func (p *person) deviceAt(at moment, phone bool) *device {
	var found *device
	for _, d := range p.devices {
		if d.phone == phone && d.enabled && d.registered <= at && (found == nil || d.registered > found.registered) {
			found = d
		}
	}
	return found
}

func (d *device) document() doc {
	owner := []doc{d.owner.reference()}
	management := any("MDM")
	if !d.managed {
		management = nil
	}
	ownership, enrolled := "Company", any(nil)
	if d.phone {
		ownership = "Personal"
	}
	if d.trust == "ServerAd" {
		enrolled = true
	}
	return doc{
		"id": d.id, "deviceId": d.deviceID, "displayName": d.name, "accountEnabled": d.enabled,
		"operatingSystem": d.os, "operatingSystemVersion": d.version, "trustType": d.trust,
		"isCompliant": d.compliant, "isManaged": d.managed, "managementType": management,
		"profileType": "RegisteredDevice", "manufacturer": d.maker, "model": d.model,
		"approximateLastSignInDateTime": max(d.registered, d.lastSeen).graph(), "registrationDateTime": d.registered.graph(),
		"deviceOwnership": ownership, "onPremisesSyncEnabled": enrolled,
		"registeredOwners": owner, "registeredUsers": owner,
	}
}
