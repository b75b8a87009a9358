package loganalytics

import (
	"fmt"
	"net/http"

	"github.com/sleuth-sec/sleuth/server/clientapi"
)

// apiError is an error as the service writes it
// (https://learn.microsoft.com/azure/azure-monitor/logs/api/errors).
type apiError struct {
	Message       string      `json:"message"`
	Code          string      `json:"code"`
	CorrelationID string      `json:"correlationId,omitempty"`
	Details       []apiError  `json:"details,omitempty"`
	Inner         *innerError `json:"innererror,omitempty"`
}

type innerError struct {
	Code         string      `json:"code"`
	Message      string      `json:"message"`
	Severity     int         `json:"severity,omitempty"`
	SeverityName string      `json:"severityName,omitempty"`
	Line         *int        `json:"line,omitempty"`
	Pos          *int        `json:"pos,omitempty"`
	Token        *string     `json:"token,omitempty"`
	Inner        *innerError `json:"innererror,omitempty"`
}

// failure is an error with its status.
type failure struct {
	status int
	apiError
}

func (f *failure) Error() string { return f.Code + ": " + f.Message }

// badArgument is a request that is wrong before its query is looked at.
func badArgument(why string) *failure {
	return &failure{http.StatusBadRequest, apiError{Code: "BadArgumentError", Message: "The request had some invalid properties",
		Inner: &innerError{Code: "BadArgument", Message: why}}}
}

func noCaller(err error) *failure {
	code := "AuthorizationRequiredError"
	if err == clientapi.ErrWrongToken {
		code = "InvalidTokenError"
	}
	return &failure{http.StatusUnauthorized, apiError{Code: code, Message: err.Error()}}
}

func noPath(method, path string) *failure {
	return &failure{http.StatusNotFound, apiError{Code: "PathNotFoundError", Message: fmt.Sprintf("The requested path does not exist: there is no %s %s here", method, short(path))}}
}

func noWorkspace(id string) *failure {
	return &failure{http.StatusNotFound, apiError{Code: "WorkspaceNotFoundError", Message: fmt.Sprintf("The workspace could not be found: this server has no workspace %s", short(id))}}
}

func throttled(places int) *failure {
	return &failure{http.StatusTooManyRequests, apiError{Code: "ThrottledError", Message: fmt.Sprintf("%d queries run already: try again when one has ended", places)}}
}

// ofQuery is the failure of a query that did not run to its end.
func ofQuery(f clientapi.Fault) *failure {
	switch f.Kind {
	case clientapi.Syntax:
		where := ""
		if f.Line > 0 {
			where = fmt.Sprintf(" on line [%d,%d]", f.Line, f.Column-1)
		}
		return badQuery("SyntaxError", "A recognition error occurred in the query.",
			fmt.Sprintf("Query could not be parsed at '%s'%s: %s", f.Token, where, f.Message), f)
	case clientapi.Semantic:
		return badQuery("SemanticError", "A semantic error occurred.", f.Message, f)
	case clientapi.Running:
		return badQuery("ExecutionError", "The query failed while it ran.", f.Message, f)
	case clientapi.Limit:
		if f.Code == "KQL9001" {
			return &failure{http.StatusGatewayTimeout, apiError{Code: "GatewayTimeout", Message: "The query ran into its time limit",
				Inner: &innerError{Code: f.Code, Message: f.Message}}}
		}
		return badQuery("LimitsExceededError", "The query exceeded a limit.", f.Message, f)
	case clientapi.Forbidden:
		return &failure{http.StatusForbidden, apiError{Code: "InsufficientAccessError",
			Message: "The provided credentials have insufficient access to perform the requested operation: " + f.Message}}
	case clientapi.Cancelled:
		return &failure{http.StatusBadRequest, apiError{Code: "CancelledError", Message: f.Message}}
	default:
		return &failure{http.StatusInternalServerError, apiError{Code: "InternalServerError", Message: f.Message}}
	}
}

// badQuery nests what is wrong two levels deep, where clients look for it: line counts from 1, pos from 0.
func badQuery(code, message, what string, f clientapi.Fault) *failure {
	inner := &innerError{Code: f.Code, Message: what}
	if f.Line > 0 {
		line, pos := f.Line, f.Column-1
		inner.Line, inner.Pos, inner.Token = &line, &pos, &f.Token
	}
	return &failure{http.StatusBadRequest, apiError{Code: "BadArgumentError", Message: "The request had some invalid properties",
		Inner: &innerError{Code: code, Message: message, Inner: inner}}}
}

// partial is the error of an answer that holds only some of the rows.
func partial(why string) *apiError {
	return &apiError{Code: "PartialError", Message: "There were some errors when processing your query.", Details: []apiError{{
		Code: "EngineError", Message: "Something went wrong processing your query on the server.",
		Inner: &innerError{Code: "-2133196797", Message: why, Severity: 2, SeverityName: "Error"},
	}}}
}
