package tenantgen

import "slices"

// Product and service plan identifiers are Microsoft's published ones (product names and service
// plan identifiers for licensing).

type servicePlan struct{ id, name string }

type sku struct {
	id, name string
	plans    []servicePlan
	assigned int
}

func productCatalogue() []*sku {
	exchange := servicePlan{"efb87545-963c-4e0d-99df-69c6916d9eb0", "EXCHANGE_S_ENTERPRISE"}
	sharepoint := servicePlan{"5dbe027f-2339-4123-9542-606e4d348a72", "SHAREPOINTENTERPRISE"}
	teams := servicePlan{"57ff2da0-773e-42df-b2af-ffb7a2317929", "TEAMS1"}
	p1 := servicePlan{"41781fb2-bc02-4b7c-bd55-b576c07bb09d", "AAD_PREMIUM"}
	p2 := servicePlan{"eec0eb4f-6444-4f95-aba0-50c24d67f998", "AAD_PREMIUM_P2"}
	intune := servicePlan{"c1ec4a95-1f05-45b3-a911-aa3fa01094f5", "INTUNE_A"}
	mfa := servicePlan{"8a256a2b-b617-496d-b51b-e76466e88db0", "MFA_PREMIUM"}
	apps := servicePlan{"43de0ff5-c92c-492b-9116-175376d08c38", "OFFICESUBSCRIPTION"}
	return []*sku{
		{id: "06ebc4ee-1bb5-47dd-8120-11324bc54e06", name: "SPE_E5", plans: []servicePlan{exchange, sharepoint, teams, apps, p1, p2, intune, mfa, {"f20fedf3-f3c3-43c3-8267-2bfdd51c0939", "ATP_ENTERPRISE"}}},
		{id: "05e9a617-0261-4cee-bb44-138d3ef5d965", name: "SPE_E3", plans: []servicePlan{exchange, sharepoint, teams, apps, p1, intune, mfa}},
		{id: "66b55226-6b4f-492c-910c-a3b7a3c9d993", name: "SPE_F1", plans: []servicePlan{{"4a82b400-a79f-41a4-b4e2-e94f5787b113", "EXCHANGE_S_DESKLESS"}, {"902b47e5-dcb2-4fdc-858b-c63a90a2bdb9", "SHAREPOINTDESKLESS"}, teams, p1}},
		{id: "84a661c4-e949-4bd2-a560-ed7766fcaf2b", name: "AAD_PREMIUM_P2", plans: []servicePlan{p1, p2, mfa}},
		{id: "f8a1db68-be16-40ed-86d5-cb42ce701560", name: "POWER_BI_PRO", plans: []servicePlan{{"70d33638-9c74-4d01-bfd3-562de28bd4ba", "BI_AZURE_P2"}}},
		{id: "c5928f49-12ba-48f7-ada3-0d743a3601d5", name: "VISIOCLIENT", plans: []servicePlan{{"663a804f-1c30-4ff0-9915-9db84f0d1cea", "VISIO_CLIENT_SUBSCRIPTION"}}},
		{id: "53818b1b-4a27-454b-8896-0dba576410e6", name: "PROJECTPROFESSIONAL", plans: []servicePlan{{"fafd7243-e5c1-4a3a-9e40-495efcb1d3c3", "PROJECT_CLIENT_SUBSCRIPTION"}}},
		{id: "f30db892-07e9-47e9-837c-80727f46fd3d", name: "FLOW_FREE", plans: []servicePlan{{"50e68c76-46c6-4674-81f9-75456511b170", "FLOW_P2_VIRAL"}}},
	}
}

// license assigns products by kind of work. Accounts disabled for long have lost theirs.
func (w *world) license(p *person) {
	r := streamOf(w.seed, "licences", p.index, 0)
	if p.kind != member || (!p.enabled() && p.disabledAt < w.end.add(-30*day)) {
		return
	}
	give := func(name string) {
		i := slices.IndexFunc(w.skus, func(s *sku) bool { return s.name == name })
		w.skus[i].assigned++
		p.licences = append(p.licences, w.skus[i])
	}
	p.licensedAt = min(max(p.created.add(3*60*60*1e9), w.end.add(-day*600)), w.end.add(-600*1e9))
	switch {
	case p.department == "IT Operations", p.department == "Security", p.department == "Executive", p.department == "Finance" && r.chance(0.7):
		give("SPE_E5")
	case p.department == "Customer Support" && r.chance(0.6), p.department == "Retail Banking" && r.chance(0.4):
		give("SPE_F1")
	case r.chance(0.35):
		give("SPE_E5")
	default:
		give("SPE_E3")
		if r.chance(0.1) {
			give("AAD_PREMIUM_P2")
		}
	}
	if r.chance(0.18) {
		give("POWER_BI_PRO")
	}
	if r.chance(0.06) {
		give("VISIOCLIENT")
	}
	if r.chance(0.05) {
		give("PROJECTPROFESSIONAL")
	}
	if r.chance(0.3) {
		give("FLOW_FREE")
	}
}

func (s *sku) planDocs() []doc {
	out := make([]doc, len(s.plans))
	for i, p := range s.plans {
		out[i] = doc{"servicePlanId": p.id, "servicePlanName": p.name, "provisioningStatus": "Success", "appliesTo": "User"}
	}
	return out
}

func (s *sku) document(tenant guid) doc {
	return doc{"id": tenant.String() + "_" + s.id, "skuId": s.id, "skuPartNumber": s.name, "capabilityStatus": "Enabled",
		"consumedUnits": s.assigned, "prepaidUnits": doc{"enabled": s.assigned*11/10 + 10, "suspended": 0, "warning": 0, "lockedOut": 0},
		"appliesTo": "User", "servicePlans": s.planDocs()}
}
