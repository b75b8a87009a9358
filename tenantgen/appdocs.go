package tenantgen

func (c credential) document() doc {
	hint := c.keyID.String()[:3]
	if c.certificate {
		return doc{"keyId": c.keyID, "displayName": c.name, "startDateTime": c.from.graph(), "endDateTime": c.until.graph(), "type": "AsymmetricX509Cert", "usage": "Verify", "customKeyIdentifier": c.keyID.token(), "key": nil}
	}
	return doc{"keyId": c.keyID, "displayName": c.name, "startDateTime": c.from.graph(), "endDateTime": c.until.graph(), "hint": hint, "secretText": nil, "customKeyIdentifier": nil}
}

func (a *app) credentialDocs() (secrets, keys []doc) {
	secrets, keys = []doc{}, []doc{}
	for _, c := range a.credentials {
		if c.certificate {
			keys = append(keys, c.document())
		} else {
			secrets = append(secrets, c.document())
		}
	}
	return secrets, keys
}

func (a *app) ownerDocs() []doc {
	out := []doc{}
	for _, p := range a.owners {
		out = append(out, p.reference())
	}
	return out
}

func (a *app) isOwn() bool { return a.sort == businessApp || a.sort == daemon }

// servicePrincipal is the Graph resource. Secrets of the tenant's own applications are on the
// application object, as the portal creates them.
func (a *app) servicePrincipal(w *world) doc {
	kindName, audience, owner, tags := "Application", "AzureADMultipleOrgs", microsoftTenant, []string{}
	secrets, keys := []doc{}, []doc{}
	switch a.sort {
	case businessApp, daemon:
		audience, owner = "AzureADMyOrg", w.tenant.String()
		tags = []string{"WindowsAzureActiveDirectoryIntegratedApp"}
	case managedIdentity:
		kindName, audience, owner = "ManagedIdentity", "AzureADMyOrg", w.tenant.String()
		_, keys = a.credentialDocs()
	case foreignApp:
		owner, tags = a.homeTenant.String(), []string{"WindowsAzureActiveDirectoryIntegratedApp"}
	}
	appRoles := []doc{}
	if a.sort == businessApp {
		appRoles = append(appRoles, doc{"id": w.roleOf(a), "displayName": "User", "value": "User", "isEnabled": true, "allowedMemberTypes": []string{"User"}, "description": "User"})
	}
	if a.name == "Microsoft Graph" {
		for _, name := range []string{"Directory.Read.All", "User.Read.All", "Mail.Read", "Group.Read.All", "AuditLog.Read.All", "Files.Read.All"} {
			appRoles = append(appRoles, doc{"id": permissionIDs()[name+"/role"], "displayName": name, "value": name, "isEnabled": true, "allowedMemberTypes": []string{"Application"}, "description": name})
		}
	}
	return doc{"id": a.id, "appId": a.appID, "displayName": a.name, "appDisplayName": a.name, "servicePrincipalType": kindName, "accountEnabled": !a.disabled,
		"createdDateTime": a.created.graph(), "appOwnerOrganizationId": owner, "signInAudience": audience, "tags": tags, "appRoleAssignmentRequired": a.assignmentRequired, "appRoles": appRoles,
		"verifiedPublisher":   doc{"displayName": nil, "verifiedPublisherId": nil, "addedDateTime": nil},
		"passwordCredentials": secrets, "keyCredentials": keys, "owners": a.ownerDocs()}
}

// roleOf is the app role people are assigned to.
func (w *world) roleOf(a *app) guid { return guidOf(w.seed, "app role", a.index, 0) }

func (a *app) application(w *world) doc {
	secrets, keys := a.credentialDocs()
	access := []doc{}
	ids := permissionIDs()
	for _, s := range a.scopes {
		access = append(access, doc{"id": ids[s], "type": "Scope", "value": s})
	}
	for _, r := range a.roles {
		access = append(access, doc{"id": ids[r+"/role"], "type": "Role", "value": r})
	}
	return doc{"id": a.objectID, "appId": a.appID, "displayName": a.name, "createdDateTime": a.created.graph(), "signInAudience": "AzureADMyOrg",
		"publisherDomain": w.cfg.Domain, "identifierUris": []string{"api://" + a.appID}, "passwordCredentials": secrets, "keyCredentials": keys,
		"requiredResourceAccess": []doc{{"resourceAppId": "00000003-0000-0000-c000-000000000000", "resourceAccess": access}}, "owners": a.ownerDocs()}
}

// assignmentDocs are the appRoleAssignments of people to the application, and of the application to
// Microsoft Graph.
func (a *app) assignmentDocs(w *world, graph *app) []doc {
	var out []doc
	defaultRole := any(w.roleOf(a))
	if a.sort != businessApp {
		defaultRole = "00000000-0000-0000-0000-000000000000"
	}
	for i, m := range a.assigned {
		out = append(out, doc{"id": guidOf(w.seed, "app assignment", a.index, i), "createdDateTime": m.since.graph(), "principalType": "User", "principalId": m.person.id,
			"principalDisplayName": m.person.display, "resourceId": a.id, "resourceDisplayName": a.name, "appRoleId": defaultRole})
	}
	for i, r := range a.roles {
		out = append(out, doc{"id": guidOf(w.seed, "app permission", a.index, i), "createdDateTime": a.created.add(3600e9).graph(), "principalType": "ServicePrincipal", "principalId": a.id,
			"principalDisplayName": a.name, "resourceId": graph.id, "resourceDisplayName": graph.name, "appRoleId": permissionIDs()[r+"/role"]})
	}
	return out
}

func (g *grant) document() doc {
	d := doc{"id": g.id, "clientId": g.app.id, "consentType": "AllPrincipals", "principalId": nil, "resourceId": g.resource.id, "scope": g.scope}
	if g.person != nil {
		d["consentType"], d["principalId"] = "Principal", g.person.id
	}
	return d
}
