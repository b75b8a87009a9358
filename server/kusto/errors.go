package kusto

import (
	"fmt"
	"net/http"
	"time"

	"github.com/sleuth-sec/sleuth/server/clientapi"
)

// exchange is one request as its answer and its errors name it.
type exchange struct {
	requestID  string // of the client
	activityID string // ours
	database   string
	at         time.Time
	what       string // "query" or "command"
}

// apiError is an error as these services write it, with the keys that clients read
// (https://learn.microsoft.com/kusto/api/rest/response-http).
type apiError struct {
	Code       string       `json:"code"`
	Message    string       `json:"message"`
	Type       string       `json:"@type"`
	Text       string       `json:"@message"`
	Context    errorContext `json:"@context"`
	Permanent  bool         `json:"@permanent"`
	Query      string       `json:"@text,omitempty"`
	Database   string       `json:"@database,omitempty"`
	InnerError *innerError  `json:"innererror,omitempty"`
}

type innerError struct {
	Code         string `json:"code"`
	Message      string `json:"message"`
	Type         string `json:"@type"`
	Text         string `json:"@message"`
	ErrorCode    string `json:"@errorCode"`
	ErrorMessage string `json:"@errorMessage"`
	Line         string `json:"@line,omitempty"`
	Pos          string `json:"@pos,omitempty"`
	Token        string `json:"@token,omitempty"`
	Permanent    bool   `json:"@permanent"`
}

type errorContext struct {
	Timestamp        string `json:"timestamp"`
	ServiceAlias     string `json:"serviceAlias"`
	ClientRequestID  string `json:"clientRequestId"`
	ActivityID       string `json:"activityId"`
	SubActivityID    string `json:"subActivityId"`
	ActivityType     string `json:"activityType"`
	ParentActivityID string `json:"parentActivityId"`
}

// oneError is an error in a list of them.
type oneError struct {
	Error apiError `json:"error"`
}

func (x *exchange) context() errorContext {
	return errorContext{
		Timestamp: x.at.UTC().Format(timestamp), ServiceAlias: "SLEUTH", ClientRequestID: x.requestID, ActivityID: x.activityID,
		SubActivityID: x.activityID, ActivityType: "GW.Http.CallContext", ParentActivityID: x.activityID,
	}
}

// timestamp is how the services write moments.
const timestamp = "2006-01-02T15:04:05.0000000Z"

const exceptions = "Kusto.Data.Exceptions."

// queryError is the status and error of a query that failed.
func (x *exchange) queryError(f clientapi.Fault, text string) (int, apiError) {
	switch f.Kind {
	case clientapi.Syntax:
		return http.StatusBadRequest, x.badQuery("Syntax error: Query could not be parsed", exceptions+"SyntaxException", f, text)
	case clientapi.Semantic:
		return http.StatusBadRequest, x.badQuery("Semantic error", exceptions+"SemanticException", f, text)
	case clientapi.Running:
		return http.StatusBadRequest, x.badQuery("Query execution failed", exceptions+"KustoBadRequestException", f, text)
	case clientapi.Limit:
		e := x.error("LimitsExceeded", "Request is invalid and cannot be executed.", "KustoServicePartialQueryFailureLimitsExceededException", located(f))
		if f.Code == "KQL9001" {
			e.Code, e.Message, e.Type = "Timeout", "Request timed out.", exceptions+"KustoRequestTimeoutException"
			return http.StatusGatewayTimeout, e
		}
		return http.StatusBadRequest, e
	case clientapi.Forbidden:
		return http.StatusForbidden, x.error("Forbidden", "Caller is not authorized to perform this action.", "KustoRequestDeniedException", f.Message)
	case clientapi.Cancelled:
		return http.StatusBadRequest, x.error("General_Cancelled", "The request was cancelled.", "KustoServicePartialQueryFailureException", f.Message)
	default:
		return http.StatusInternalServerError, x.error("General_InternalServerError", "Unknown error", "KustoServiceException", f.Message)
	}
}

// error is one that has no place in a text.
func (x *exchange) error(code, message, kind, text string) apiError {
	return apiError{Code: code, Message: message, Type: exceptions + kind, Text: text, Context: x.context(), Database: x.database,
		Permanent: code != "Too_many_requests" && code != "General_InternalServerError"}
}

// badRequest is the error of a request that is wrong before its query is looked at.
func (x *exchange) badRequest(text string) apiError {
	return x.error("General_BadRequest", "Request is invalid and cannot be executed.", "KustoBadRequestException", text)
}

func (x *exchange) badQuery(what, kind string, f clientapi.Fault, text string) apiError {
	e := x.badRequest(fmt.Sprintf("Request is invalid and cannot be processed: %s: %s", what, located(f)))
	e.Query = text
	inner := &innerError{
		Code: f.Code, Message: f.Message, Type: kind, Text: fmt.Sprintf("%s: %s", what, located(f)),
		ErrorCode: f.Code, ErrorMessage: f.Message, Token: f.Token, Permanent: true,
	}
	if f.Line > 0 {
		inner.Line, inner.Pos = fmt.Sprint(f.Line), fmt.Sprint(f.Column-1)
	}
	e.InnerError = inner
	return e
}

// located is a fault with its code and place. Lines count from 1 and positions in them from 0, as the service counts.
func located(f clientapi.Fault) string {
	if f.Line == 0 {
		return f.Code + ": " + f.Message
	}
	return fmt.Sprintf("%s: %s [line:position=%d:%d]", f.Code, f.Message, f.Line, f.Column-1)
}

// tooLarge is the error of a result that was cut at a limit.
func (x *exchange) tooLarge(what string) apiError {
	return x.error("LimitsExceeded", "Request is invalid and cannot be executed.", "KustoServicePartialQueryFailureLimitsExceededException",
		"Query execution has exceeded the allowed limits (80DA0003): "+what+
			" (E_QUERY_RESULT_SET_TOO_LARGE, 0x80DA0003). Summarize, filter earlier, or set truncationmaxrecords or notruncation.")
}
