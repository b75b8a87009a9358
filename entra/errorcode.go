package entra

// Outcome is what a sign-in error code says about the attempt.
type Outcome string

const (
	OutcomeSuccess Outcome = "success"
	// OutcomeInterruption: a further step was asked for; the portal shows Interrupted.
	OutcomeInterruption Outcome = "interruption"
	// OutcomeFailureAfterPassword: the attempt failed although the password was right.
	OutcomeFailureAfterPassword Outcome = "failureAfterPassword"
	OutcomeFailure              Outcome = "failure"
)

// SignInError is one error code of a sign-in.
type SignInError struct {
	Code    int     `json:"code"`
	Label   string  `json:"label"`
	Class   string  `json:"class"`
	Outcome Outcome `json:"outcome"`
	// PasswordCorrect: the code is only given once the first factor was accepted.
	PasswordCorrect bool   `json:"passwordCorrect,omitempty"`
	Hint            string `json:"hint,omitempty"`
	// FromPractice marks codes that logs hold and the public reference does not list.
	FromPractice bool `json:"fromPractice,omitempty"`
}

// SignInErrorClass groups codes. CountsAsSuspiciousFailure is a judgement, not a fact.
type SignInErrorClass struct {
	Meaning                   string `json:"meaning"`
	CountsAsSuspiciousFailure bool   `json:"countsAsSuspiciousFailure"`
}

type signInErrors struct {
	Classes map[string]SignInErrorClass `json:"classes"`
	Codes   []SignInError               `json:"codes"`

	byCode map[int]SignInError
}

func (e *signInErrors) index() {
	e.byCode = make(map[int]SignInError, len(e.Codes))
	for _, c := range e.Codes {
		e.byCode[c.Code] = c
	}
}
