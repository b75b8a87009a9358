package tenantgen

import (
	"slices"
	"strings"
	"time"
)

// method is a registered authentication method.
type method struct {
	typ        string // Graph type without the prefix and "AuthenticationMethod"
	id         string
	created    moment // 0: the type has no createdDateTime
	name       string // device or key name, number or address
	detail     string // model, app version
	byAttacker bool
}

// The ids of methods a user can have only one of are the same for every user (Graph reference of
// passwordAuthenticationMethod, phoneAuthenticationMethod, emailAuthenticationMethod).
const (
	passwordMethodID = "28c10230-6103-485e-b985-444c60001490"
	mobilePhoneID    = "3179e48a-750b-4051-897c-87b9720928f7"
	emailMethodID    = "3ddfcfc8-9383-446f-83cc-3ab9be4be18f"
)

// register draws the methods of a person. Guests use their home tenant's; of the others a few have
// registered nothing but a password.
func (w *world) register(p *person) {
	r := streamOf(w.seed, "methods", p.index, 0)
	p.methods = []method{{typ: "password", id: passwordMethodID, created: p.passwordChanged}}
	when := func() moment {
		first := p.created.add(2 * time.Hour)
		return min(max(first, w.end.add(-time.Duration(r.between(2, 1000))*day-time.Duration(r.intn(40000))*time.Second)), w.end.add(-20*time.Minute))
	}
	switch p.kind {
	case guest, serviceAccount:
		return
	case breakGlass:
		p.methods = append(p.methods, method{typ: "fido2", id: r.guid().String(), created: when(), name: "Vault key", detail: "YubiKey 5 NFC"})
		p.habits.secondFactor = "fido2"
		return
	}
	if r.chance(0.03) {
		return
	}
	if r.chance(0.88) {
		phone := "Smartphone"
		if d := p.phoneAt(w.end); d != nil {
			phone = d.model
		}
		p.methods = append(p.methods, method{typ: "microsoftAuthenticator", id: r.guid().String(), created: when(), name: phone, detail: []string{"6.2508.5539", "6.2510.7100", "6.2511.8012"}[r.intn(3)]})
		p.habits.secondFactor = "push"
	}
	if p.habits.secondFactor == "" || r.chance(0.45) {
		p.methods = append(p.methods, method{typ: "phone", id: mobilePhoneID, name: p.mobile})
		if p.habits.secondFactor == "" {
			p.habits.secondFactor = "sms"
		}
	}
	if d := p.computerAt(w.end); d != nil && !d.mac && r.chance(0.25) {
		p.methods = append(p.methods, method{typ: "windowsHelloForBusiness", id: r.guid().String(), created: max(d.registered.add(time.Hour), p.created), name: d.name})
	}
	if r.chance(0.08) || (p.department == "IT Operations" && r.chance(0.5)) {
		p.methods = append(p.methods, method{typ: "fido2", id: r.guid().String(), created: when(), name: "Security key", detail: "YubiKey 5 NFC"})
	}
	if r.chance(0.05) {
		p.methods = append(p.methods, method{typ: "softwareOath", id: r.guid().String(), created: when()})
	}
	if r.chance(0.12) {
		p.methods = append(p.methods, method{typ: "email", id: emailMethodID, name: strings.ToLower(p.given+"."+p.surname) + "@mail.example"})
	}
}

// registered says whether the person can pass a second factor.
func (p *person) canMFA() bool { return p.habits.secondFactor != "" }

func (m method) document() doc {
	d := doc{"@odata.type": "#microsoft.graph." + m.typ + "AuthenticationMethod", "id": m.id, "createdDateTime": nil}
	if m.created != 0 {
		d["createdDateTime"] = m.created.graph()
	}
	switch m.typ {
	case "password":
		d["password"] = nil
	case "microsoftAuthenticator":
		d["displayName"], d["deviceTag"], d["phoneAppVersion"] = m.name, "SoftwareTokenActivated", m.detail
	case "phone":
		d["phoneNumber"], d["phoneType"], d["smsSignInState"] = m.name, "mobile", "notAllowedByPolicy"
	case "windowsHelloForBusiness":
		d["displayName"], d["keyStrength"] = m.name, "normal"
	case "fido2":
		d["displayName"], d["model"], d["aaGuid"] = m.name, m.detail, "2fc0579f-8113-47ea-b116-bb5a8db9202a"
	case "email":
		d["emailAddress"] = m.name
	case "temporaryAccessPass":
		d["startDateTime"], d["lifetimeInMinutes"], d["isUsableOnce"] = m.created.graph(), 60, false
		d["isUsable"], d["methodUsabilityReason"], d["temporaryAccessPass"] = false, "expired", nil
	}
	return d
}

// registration is the userRegistrationDetails record that follows from the methods.
func (p *person) registration(reported moment) doc {
	var names []string
	add := func(n ...string) { names = append(names, n...) }
	passwordless, admin, sspr := false, p.roles > 0, false
	for _, m := range p.methods {
		switch m.typ {
		case "microsoftAuthenticator":
			if !slices.Contains(names, "microsoftAuthenticatorPush") {
				add("microsoftAuthenticatorPush", "softwareOneTimePasscode")
			}
			sspr = true
		case "phone":
			add("mobilePhone")
			sspr = true
		case "windowsHelloForBusiness":
			add("windowsHelloForBusiness")
			passwordless = true
		case "fido2":
			add("fido2SecurityKey")
			passwordless = true
		case "softwareOath":
			if !slices.Contains(names, "softwareOneTimePasscode") {
				add("softwareOneTimePasscode")
			}
		case "email":
			add("email")
		}
	}
	preferred := map[string]string{"push": "push", "sms": "sms", "": "none", "fido2": "none"}[p.habits.secondFactor]
	userType := "member"
	if p.kind == guest {
		userType = "guest"
	}
	if names == nil {
		names = []string{}
	}
	return doc{"id": p.id, "userPrincipalName": p.upn, "userDisplayName": p.display, "userType": userType, "isAdmin": admin,
		"isSsprRegistered": sspr, "isSsprEnabled": p.kind == member, "isSsprCapable": sspr && p.kind == member,
		"isMfaRegistered": p.canMFA(), "isMfaCapable": p.canMFA(), "isPasswordlessCapable": passwordless,
		"methodsRegistered": names, "isSystemPreferredAuthenticationMethodEnabled": true, "systemPreferredAuthenticationMethods": []string{},
		"userPreferredMethodForSecondaryAuthentication": preferred, "lastUpdatedDateTime": reported.graph()}
}
