package plugin

import "strings"

// openAIPlugin reads the manifest of an OpenAI plugin (ai-plugin.json), which Security Copilot takes too, into a manifest with one API group.
func (r *reader) openAIPlugin(f *fields) *Manifest {
	m := &Manifest{Name: f.required("name_for_model"), DisplayName: f.text("name_for_human"), Description: f.text("description_for_model"),
		DescriptionDisplay: f.text("description_for_human"), Icon: f.text("logo_url")}
	if m.DisplayName == "" {
		m.DisplayName = m.Name
	}
	m.Auth.Type = NoAuth
	if a, ok := r.mapping(f.get("auth"), "auth"); ok {
		switch t := strings.ToLower(a.required("type")); t {
		case "none", "":
		case "service_http", "user_http":
			if m.Auth.Type = ServiceHTTP; strings.EqualFold(a.text("authorization_type"), "basic") {
				m.Auth.Type = Basic
			}
		case "oauth":
			m.Auth = Authorization{Type: OAuthCode, AuthorizationEndpoint: a.text("client_url"), TokenEndpoint: a.text("authorization_url"), Scopes: a.text("scope"),
				ContentType: a.text("authorization_content_type")}
		default:
			r.add(notOneOf(r.at(a.get("type")), "auth.type", short(t), "none, service_http, user_http, oauth"))
		}
	}
	m.AuthTypes = []AuthType{m.Auth.Type}
	if a, ok := r.mapping(f.get("api"), "api"); ok {
		if t := a.text("type"); t != "" && !strings.EqualFold(t, "openapi") {
			r.add(notOneOf(r.at(a.get("type")), "api.type", short(t), "openapi"))
		}
		m.Groups = append(m.Groups, Group{Format: API, OpenAPI: a.required("url"), At: r.at(a.node)})
	}
	return m
}
