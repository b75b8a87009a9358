package settings

import (
	"fmt"
	"strings"
	"time"
)

// Setting is the declaration of a setting.
type Setting struct {
	Name    string `json:"name"`
	Group   string `json:"group"` // what it is about, as the page has it for a heading
	Type    Type   `json:"type"`
	Default string `json:"default"`
	// Least and Most bound a number: nanoseconds of a duration, bytes of a size, else what is counted. Both belong to it.
	Least int64 `json:"-"`
	Most  int64 `json:"-"`
	// Check says what is wrong with a text, or with an item of a list; nil takes any.
	Check func(string) error `json:"-"`
	// Choices are the words that a choice may be.
	Choices []string `json:"choices,omitempty"`
	// AtStart is set where a change holds from the next start of sleuth serve on; all others hold at once.
	AtStart bool `json:"atStart,omitempty"`
	// InPerson is set where a change decides who gets in: no API token may make it.
	InPerson bool `json:"inPerson,omitempty"`
	// Property is the name under which audit records have the setting, where Security Copilot has one like it.
	Property string `json:"property,omitempty"`
	Doc      string `json:"doc"`
}

// The names of the settings.
const (
	CopyAdminActions    = "audit.copy.adminActions"
	CopyResponses       = "audit.copy.responses"
	CopyUserActions     = "audit.copy.userActions"
	PromptsPerDay       = "capacity.promptsPerDay"
	QueriesPerDay       = "capacity.queriesPerDay"
	QuerySecondsPerDay  = "capacity.querySecondsPerDay"
	ClientMaxRows       = "clients.maxRows"
	ClientMaxTime       = "clients.maxTime"
	ExternalDataAllow   = "externaldata.allow"
	KustoAnonymous      = "kusto.anonymous"
	OIDCClientID        = "oidc.clientId"
	OIDCIssuer          = "oidc.issuer"
	OIDCName            = "oidc.name"
	OIDCRoles           = "oidc.roles"
	PluginsOrganization = "plugins.organizationScope"
	PluginsPrivate      = "plugins.privateAddresses"
	PluginsUser         = "plugins.userScope"
	QueryMaxMemory      = "queries.maxMemory"
	QueryMaxRows        = "queries.maxRows"
	QueryMaxTime        = "queries.maxTime"
	SecondFactor        = "signin.secondFactor"
)

// The values of SecondFactor.
const (
	Required = "required"
	Optional = "optional"
)

// The values of PluginsUser and PluginsOrganization.
const (
	Owners       = "owners"
	Contributors = "contributors"
)

// The groups of the settings.
const (
	audit    = "Audit trail"
	capacity = "Capacity"
	clients  = "Other programs"
	plugins  = "Plugins"
	queries  = "Queries"
	signIn   = "Sign-in"
)

// logging is the property of Security Copilot's audit records under which all three copies go: its one switch is for "admin
// actions, user actions, and Copilot responses".
const logging = "AllowAuditLogging"

// All are the settings, by name. Each has a reader.
func All() []Setting {
	return []Setting{
		{Name: CopyAdminActions, Group: audit, Type: Bool, Default: "true", Property: logging,
			Doc: "Copies what changes the program (people, tokens, settings, imports, deletions) from the audit trail into the workspace's tables and into " +
				"exports of audit records. The trail itself is always kept, and a change of this setting is always copied; it holds for what is done after it."},
		{Name: CopyResponses, Group: audit, Type: Bool, Default: "false", Property: logging,
			Doc: "Copies prompts and answers from the audit trail into the workspace's tables of copilot activity and into exports of audit records. " +
				"The trail itself is always kept; a change holds for what is said after it. It takes audit.copy.userActions too."},
		{Name: CopyUserActions, Group: audit, Type: Bool, Default: "true", Property: logging,
			Doc: "Copies that somebody asked, queried or signed in from the audit trail into the workspace's tables and into exports of audit records. " +
				"Without it these tables, and answers about who used the copilot, know nothing of that. The trail itself is always kept; a change holds for what is done after it."},
		{Name: PromptsPerDay, Group: capacity, Type: Count, Default: "0", Most: 1_000_000,
			Doc: "How many prompts one person may put in a day (UTC), by page, API and commands together; 0 sets no limit. One more is refused, on record."},
		{Name: QueriesPerDay, Group: capacity, Type: Count, Default: "0", Most: 10_000_000,
			Doc: "How many queries of their own one person may run in a day (UTC), by page, API, other programs and commands together; 0 sets no limit. One more is refused, on record."},
		{Name: QuerySecondsPerDay, Group: capacity, Type: Count, Default: "0", Most: 10_000_000,
			Doc: "How many seconds the queries of one person may take in a day (UTC), those of answers included; 0 sets no limit. " +
				"What has begun runs to its end; one more prompt or query is refused, on record."},
		{Name: ClientMaxRows, Group: clients, Type: Count, Default: "2000000", Least: 1, Most: 100_000_000,
			Doc: "The most rows that another program (Kusto, Log Analytics) gets of a query, also where it lifts the usual limit itself."},
		{Name: ClientMaxTime, Group: clients, Type: Duration, Default: "1h0m0s", Least: int64(time.Second), Most: int64(time.Hour),
			Doc: "The longest time that a query of another program (Kusto, Log Analytics) may run, also where the program asks for longer. " +
				"A change holds for the next query."},
		{Name: ExternalDataAllow, Group: queries, Type: List, Check: checkAddress,
			Doc: "The addresses that externaldata may name, or prefixes of addresses that end in /. Empty allows every file of the mirror folder. The file allow.txt in that folder, " +
				"where there is one, narrows it further. Nothing is ever fetched."},
		{Name: KustoAnonymous, Group: clients, Type: Bool, InPerson: true, Default: "false",
			Doc: "Answers Kusto clients on this machine that send no token, as a Security Reader. It holds where sleuth serve listens on loopback only, and nowhere else."},
		{Name: OIDCClientID, Group: signIn, Type: Text, AtStart: true, InPerson: true, Check: checkText,
			Doc: "The application (client) ID of this program at the OpenID Connect provider."},
		{Name: OIDCIssuer, Group: signIn, Type: Text, AtStart: true, InPerson: true, Check: checkIssuer,
			Doc: "The OpenID Connect provider by which people sign in too, such as https://login.microsoftonline.com/TENANT-ID/v2.0. Empty: people sign in here only. " +
				"It needs oidc.clientId, oidc.roles and the secret oidc.clientSecret."},
		{Name: OIDCName, Group: signIn, Type: Text, Default: "Microsoft Entra ID", AtStart: true, InPerson: true, Check: checkText,
			Doc: "What the button on the sign-in page calls the OpenID Connect provider."},
		{Name: OIDCRoles, Group: signIn, Type: List, AtStart: true, InPerson: true, Check: checkMapping,
			Doc: "The roles of people who sign in by the OpenID Connect provider, each as VALUE=ROLE: an app role's value or a group's ID, and the role that it gives. " +
				"A value may stand several times; who has none of them does not get in."},
		{Name: PluginsOrganization, Group: plugins, Type: Choice, Choices: []string{Owners, Contributors}, Default: Owners,
			Doc: "Who may add and change plugins and promptbooks that everybody uses: owners (who hold what a Copilot owner may do), or contributors (who may add plugins)."},
		{Name: PluginsPrivate, Group: plugins, Type: Bool, InPerson: true, Default: "false",
			Doc: "Lets plugins call servers at private and loopback addresses, and without TLS. Otherwise a plugin reaches public addresses by https only."},
		{Name: PluginsUser, Group: plugins, Type: Choice, Choices: []string{Owners, Contributors}, Default: Contributors,
			Doc: "Who may add and change plugins and promptbooks of their own: owners (who hold what a Copilot owner may do), or contributors (who may add plugins)."},
		{Name: QueryMaxMemory, Group: queries, Type: Size, Default: "2GiB", Least: 16 << 20, Most: 1 << 40,
			Doc: "The most memory that one query's operators and result may take here, beside what the database takes for all. Larger ones end with KQL9004."},
		{Name: QueryMaxRows, Group: queries, Type: Count, Default: "500000", Least: 1, Most: 100_000_000,
			Doc: "The most rows that a query of the page, of the API or of a command gives; the result says that it was cut."},
		{Name: QueryMaxTime, Group: queries, Type: Duration, Default: "10m0s", Least: int64(time.Second), Most: int64(time.Hour),
			Doc: "The longest time that a query of the page, of the API, of an answer or of a command may run. Longer ones end with KQL9001."},
		{Name: SecondFactor, Group: signIn, Type: Choice, InPerson: true, Choices: []string{Required, Optional}, Default: Required,
			Doc: "Whether people who sign in with a password here need a second factor, a passkey or an authenticator app. Where it is required, " +
				"whoever has none adds one at the next sign-in, before anything else. People who sign in by a provider bring the factors that it asks for; one that says it asked for one is not enough."},
	}
}

// Find is the setting of a name, without regard to case.
func Find(name string) (Setting, error) {
	var names []string
	for _, s := range All() {
		if strings.EqualFold(s.Name, name) {
			return s, nil
		}
		names = append(names, s.Name)
	}
	return Setting{}, fmt.Errorf("there is no setting %q: the settings are %s", name, strings.Join(names, ", "))
}
