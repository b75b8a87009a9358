package tenantgen

import (
	"fmt"
	"slices"
	"time"
)

// The small collections that describe the tenant itself.

func (w *world) organization() doc {
	head := w.offices[0]
	domainDoc := func(name string, isDefault bool) doc {
		return doc{"name": name, "isDefault": isDefault, "isInitial": !isDefault, "type": "Managed", "capabilities": "Email, OfficeCommunicationsOnline"}
	}
	return doc{"id": w.tenant, "displayName": w.cfg.Org, "tenantType": "AAD", "createdDateTime": w.end.add(-2800 * day).graph(), "countryLetterCode": head.country, "city": head.city, "state": head.state,
		"street": "10 Harbor Road", "preferredLanguage": "en", "onPremisesSyncEnabled": true, "onPremisesLastSyncDateTime": w.end.add(-25 * time.Minute).graph(), "defaultUsageLocation": head.country,
		"technicalNotificationMails": []string{"it@" + w.cfg.Domain}, "securityComplianceNotificationMails": []string{"security@" + w.cfg.Domain},
		"verifiedDomains": []doc{domainDoc(w.cfg.Domain, true), domainDoc(w.initialDomain, false)}, "assignedPlans": []doc{}}
}

func (w *world) namedLocations() []doc {
	ranges := []doc{}
	for _, o := range w.offices {
		for exit := range 3 {
			ranges = append(ranges, doc{"@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": officeIP(o, exit) + "/32"})
		}
	}
	return []doc{
		{"@odata.type": "#microsoft.graph.ipNamedLocation", "id": w.trustedLocation, "displayName": "Office networks", "isTrusted": true, "ipRanges": ranges, "createdDateTime": w.end.add(-900 * day).graph(), "modifiedDateTime": w.end.add(-200 * day).graph()},
		{"@odata.type": "#microsoft.graph.countryNamedLocation", "id": w.countryLocation, "displayName": "Restricted countries", "countriesAndRegions": w.restricted, "includeUnknownCountriesAndRegions": false,
			"createdDateTime": w.end.add(-900 * day).graph(), "modifiedDateTime": w.end.add(-120 * day).graph()},
	}
}

func (w *world) agreements() []doc {
	agreement := func(id guid, name string, perDevice bool) doc {
		return doc{"id": id, "displayName": name, "isViewingBeforeAcceptanceRequired": true, "isPerDeviceAcceptanceRequired": perDevice, "userReacceptRequiredFrequency": nil, "termsExpiration": nil}
	}
	return []doc{agreement(w.guestTerms, "Terms for Guests", false), agreement(w.remoteTerms, "Acceptable Use of Systems", false)}
}

// acceptances: guests have accepted the guests' terms; most people the acceptable use, a few declined.
func (w *world) acceptances(yield func(doc) bool) {
	for _, p := range w.people {
		r := streamOf(w.seed, "acceptance", p.index, 0)
		terms := w.remoteTerms
		if p.kind == guest {
			terms = w.guestTerms
		} else if p.kind != member || !r.chance(0.93) {
			continue
		}
		state := "accepted"
		if p.kind == member && r.chance(0.02) {
			state = "declined"
		}
		at := min(max(p.created.add(5*time.Hour), w.end.add(-time.Duration(r.between(1, 700))*day)), w.end.add(-time.Hour))
		if !yield(doc{"id": guidOf(w.seed, "acceptance", p.index, 1), "agreementId": terms, "agreementFileId": guidOf(w.seed, "agreement file", 0, 0), "userId": p.id, "userDisplayName": p.display, "userEmail": p.mail,
			"userPrincipalName": p.upn, "recordedDateTime": at.graph(), "state": state, "deviceId": nil, "deviceDisplayName": nil, "deviceOSType": nil, "deviceOSVersion": nil, "expirationDateTime": nil}) {
			return
		}
	}
}

// diagnosticSettings: everything this generator writes goes to a workspace; a yearly archive takes
// the audit and sign-in logs only.
func (w *world) diagnosticSettings() []doc {
	categories := words("AuditLogs SignInLogs NonInteractiveUserSignInLogs ServicePrincipalSignInLogs ManagedIdentitySignInLogs ProvisioningLogs ADFSSignInLogs RiskyUsers UserRiskEvents NetworkAccessTrafficLogs RiskyServicePrincipals ServicePrincipalRiskEvents EnrichedOffice365AuditLogs MicrosoftGraphActivityLogs")
	subscription := guidOf(w.seed, "subscription", 0, 0)
	setting := func(name string, enabled []string, more doc) doc {
		logs := []doc{}
		for _, c := range categories {
			logs = append(logs, doc{"category": c, "categoryGroup": nil, "enabled": slices.Contains(enabled, c), "retentionPolicy": doc{"enabled": false, "days": 0}})
		}
		properties := doc{"storageAccountId": nil, "serviceBusRuleId": nil, "workspaceId": nil, "eventHubAuthorizationRuleId": nil, "eventHubName": nil, "metrics": []doc{}, "logs": logs}
		for k, v := range more {
			properties[k] = v
		}
		return doc{"id": "/providers/microsoft.aadiam/diagnosticSettings/" + name, "type": "microsoft.aadiam/diagnosticSettings", "name": name, "location": nil, "kind": nil, "tags": nil, "properties": properties, "identity": nil}
	}
	base := fmt.Sprintf("/subscriptions/%s/resourceGroups/rg-identity-logs/providers/", subscription)
	all := words("AuditLogs SignInLogs NonInteractiveUserSignInLogs ServicePrincipalSignInLogs ManagedIdentitySignInLogs RiskyUsers UserRiskEvents MicrosoftGraphActivityLogs")
	storage := "st" + w.shortName + "archive"
	return []doc{
		setting("to-log-analytics", all, doc{"workspaceId": base + "Microsoft.OperationalInsights/workspaces/law-" + w.shortName}),
		setting("to-archive", words("AuditLogs SignInLogs"), doc{"storageAccountId": base + "Microsoft.Storage/storageAccounts/" + storage[:min(24, len(storage))]}),
	}
}
