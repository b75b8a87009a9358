package prompts

import (
	"strconv"
	"strings"
	"time"
)

// Ref is a directory object inside another.
type Ref struct {
	Type        string `json:"@odata.type"`
	ID          string `json:"id"`
	DisplayName string `json:"displayName"`
	UPN         string `json:"userPrincipalName"`
}

// names are the spellings under which an answer may name the object.
func (r Ref) names() OneOf {
	if r.UPN == "" {
		return OneOf{r.DisplayName}
	}
	return OneOf{strings.ToLower(r.UPN), r.DisplayName}
}

// User is a Graph user.
type User struct {
	Ref
	GivenName, Surname         string
	Mail                       string
	AccountEnabled             bool
	JobTitle, Department       string
	OfficeLocation, EmployeeID string
	City, CompanyName          string
	UsageLocation, UserType    string
	MobilePhone                string
	CreatedDateTime            time.Time
	DeletedDateTime            *time.Time
	LastPasswordChangeDateTime time.Time
	OnPremisesSyncEnabled      *bool
	Manager                    *Ref
}

// Group is a Graph group with its owners and direct members.
type Group struct {
	Ref
	Mail                         string
	MailEnabled, SecurityEnabled bool
	GroupTypes                   []string
	MembershipRule               string
	IsAssignableToRole           *bool
	CreatedDateTime              time.Time
	Owners, Members              []Ref
}

// Role is an activated directory role with its direct members.
type Role struct {
	Ref
	Members []Ref
}

// Assignment is an eligibility for a role.
type Assignment struct {
	Principal      Ref
	RoleDefinition Ref
}

// Device is a Graph device.
type Device struct {
	Ref
	DeviceID                          string `json:"deviceId"`
	OperatingSystem, TrustType        string
	IsCompliant, IsManaged            *bool
	RegisteredOwners, RegisteredUsers []Ref
}

// AppRole is an assignment of a principal to an application.
type AppRole struct{ PrincipalType, PrincipalID, PrincipalDisplayName, ResourceDisplayName string }

// Grant is a delegated permission grant; Client is the display name of the application that has it.
type Grant struct{ ClientID, PrincipalID, ConsentType, Scope, Client string }

// App is an application registration.
type App struct {
	Ref
	AppID  string
	Owners []Ref
}

// Policy is a Conditional Access policy.
type Policy struct{ DisplayName, State string }

// Setting is a diagnostic setting.
type Setting struct {
	Name       string
	Properties struct {
		WorkspaceID, StorageAccountID string
		Logs                          []struct {
			Category string
			Enabled  bool
		}
	}
}

// Incident is a security incident.
type Incident struct{ ID, Status, Severity, DisplayName string }

// Acceptance is the acceptance of an agreement.
type Acceptance struct{ AgreementID, UserID, State, Agreement string }

// RiskyUser is a state of risk of a user or a service principal.
type RiskyUser struct {
	ID          string    `json:"id"`
	UserID      string    `json:"userId"`
	DisplayName string    `json:"displayName"`
	Level       string    `json:"riskLevel"`
	State       string    `json:"riskState"`
	Detail      string    `json:"riskDetail"`
	Updated     time.Time `json:"riskLastUpdatedDateTime"`
}

// Detection is a risk detection.
type Detection struct {
	ID       string    `json:"id"`
	UserID   string    `json:"userId"`
	Kind     string    `json:"riskEventType"`
	Level    string    `json:"riskLevel"`
	IP       string    `json:"ipAddress"`
	Detected time.Time `json:"detectedDateTime"`
	Updated  time.Time `json:"lastUpdatedDateTime"`
}

// SignIn is an interactive sign-in.
type SignIn struct {
	ID            string    `json:"id"`
	Time          time.Time `json:"createdDateTime"`
	UserID        string    `json:"userId"`
	UPN           string    `json:"userPrincipalName"`
	App           string    `json:"appDisplayName"`
	Resource      string    `json:"resourceDisplayName"`
	IP            string    `json:"ipAddress"`
	Client        string    `json:"clientAppUsed"`
	Correlation   string    `json:"correlationId"`
	IsInteractive bool      `json:"isInteractive"`
	RiskDuring    string    `json:"riskLevelDuringSignIn"`
	RiskTotal     string    `json:"riskLevelAggregated"`
	RiskState     string    `json:"riskState"`
	Status        struct {
		ErrorCode int `json:"errorCode"`
	} `json:"status"`
	Location struct {
		City    string `json:"city"`
		State   string `json:"state"`
		Country string `json:"countryOrRegion"`
	} `json:"location"`
	// Policies are the Conditional Access policies that were evaluated, with their results.
	Policies []struct {
		Name   string `json:"displayName"`
		Result string `json:"result"`
	} `json:"appliedConditionalAccessPolicies"`
	Device struct {
		OS        string `json:"operatingSystem"`
		Browser   string `json:"browser"`
		Compliant *bool  `json:"isCompliant"`
		Managed   *bool  `json:"isManaged"`
	} `json:"deviceDetail"`
}

func (s *SignIn) code() string { return strconv.Itoa(s.Status.ErrorCode) }

// Audit is a directory audit event.
type Audit struct {
	ID          string    `json:"id"`
	Time        time.Time `json:"activityDateTime"`
	Activity    string    `json:"activityDisplayName"`
	Category    string    `json:"category"`
	Service     string    `json:"loggedByService"`
	Result      string    `json:"result"`
	Correlation string    `json:"correlationId"`
	InitiatedBy struct {
		User *Ref `json:"user"`
		App  *Ref `json:"app"`
	} `json:"initiatedBy"`
	TargetResources []Ref `json:"targetResources"`
}

// concerns tells whether the user is the actor or a target.
func (a *Audit) concerns(u *User) bool {
	is := func(r Ref) bool { return r.ID == u.ID || r.UPN != "" && strings.EqualFold(r.UPN, u.UPN) }
	if a.InitiatedBy.User != nil && is(*a.InitiatedBy.User) {
		return true
	}
	for _, t := range a.TargetResources {
		if is(t) {
			return true
		}
	}
	return false
}
