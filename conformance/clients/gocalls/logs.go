package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/monitor/azquery"
)

const workspace = "b7e1f4a0-7c6b-4f7e-9d53-5d8f0f4f0a11"

// static is a credential that has its token already.
type static string

func (s static) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: string(s), ExpiresOn: time.Now().Add(time.Hour)}, nil
}

func logsClient(endpoint, token string) (*azquery.LogsClient, error) {
	return azquery.NewLogsClient(static(token), &azquery.LogsClientOptions{ClientOptions: azcore.ClientOptions{
		Cloud: cloud.Configuration{Services: map[cloud.ServiceName]cloud.ServiceConfiguration{
			azquery.ServiceNameLogs: {Endpoint: endpoint, Audience: "https://api.loganalytics.io"},
		}},
		Retry: policy.RetryOptions{MaxRetries: -1},
	}})
}

func body(q, timespan string) azquery.Body {
	b := azquery.Body{Query: to.Ptr(q)}
	if timespan != "" {
		b.Timespan = to.Ptr(azquery.TimeInterval(timespan))
	}
	return b
}

func logsCalls(s setting) {
	c, err := logsClient(s.url+"/v1", s.token)
	if err != nil {
		panic(err)
	}
	check("query: a value of every type", func(ctx context.Context) error {
		res, err := c.QueryWorkspace(ctx, workspace, body(everyType, ""), nil)
		if err != nil {
			return err
		}
		row := res.Tables[0].Rows[0]
		got, err := json.Marshal([]any{row[0], row[1], row[3], row[4], row[5], row[6], row[7], row[8], row[9], row[10], row[11], row[12], row[13]})
		if err != nil {
			return err
		}
		var types []string
		for _, c := range res.Tables[0].Columns[:12] {
			types = append(types, string(*c.Type))
		}
		return first(
			want("values", strings.NewReplacer(`\u003c`, "<", `\u003e`, ">").Replace(string(got)),
				`[true,-5,1.5,"NaN","Infinity","1.23456789012345678901","Ærø \"quoted\" <日本語>","2026-11-20T01:02:03.1234567Z","1.02:03:04.5670000","74be27de-1e4e-49d9-b579-fe0b331d3642","{\"a\":[1,null,\"x\"],\"b\":{\"c\":1.5}}",null,null]`),
			want("types", strings.Join(types, " "), "bool int long real real real decimal string datetime timespan guid dynamic"),
		)
	})
	check("query: without the version in the endpoint", func(ctx context.Context) error {
		bare, err := logsClient(s.url, s.token)
		if err != nil {
			return err
		}
		_, err = bare.QueryWorkspace(ctx, workspace, body("print 1", ""), nil)
		return err
	})
	check("query: the timespan narrows the workspace's tables", func(ctx context.Context) error {
		one, err := count(ctx, c, "2026-11-19T00:00:00Z/2026-11-20T00:00:00Z")
		if err != nil {
			return err
		}
		other, err := count(ctx, c, "2026-11-19T00:00:00Z/P1D")
		if err != nil {
			return err
		}
		all, err := count(ctx, c, "")
		if err != nil || one == 0 || one != other || one >= all {
			return fmt.Errorf("%v, %v of %v: %w", one, other, all, err)
		}
		return nil
	})
	check("query: statistics and render", func(ctx context.Context) error {
		res, err := c.QueryWorkspace(ctx, workspace, body("SigninLogs | summarize count() by AppDisplayName | render piechart", ""),
			&azquery.LogsClientQueryWorkspaceOptions{Options: &azquery.LogsQueryOptions{Statistics: to.Ptr(true), Visualization: to.Ptr(true), Wait: to.Ptr(60)}})
		if err != nil {
			return err
		}
		if !strings.Contains(string(res.Statistics), "executionTime") || !strings.Contains(string(res.Visualization), `"piechart"`) {
			return fmt.Errorf("%s %s", res.Statistics, res.Visualization)
		}
		return nil
	})
	check("query: further workspaces", func(ctx context.Context) error {
		b := body("print 1", "P1D")
		b.AdditionalWorkspaces = []*string{to.Ptr("other")}
		_, err := c.QueryWorkspace(ctx, workspace, b, nil)
		return err
	})
	check("query: a resource", func(ctx context.Context) error {
		res, err := c.QueryResource(ctx, "subscriptions/5b1e1b5e-0000-4000-8000-000000000001/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/w", body("SigninLogs | count", ""), nil)
		if err != nil {
			return err
		}
		return want("tables", len(res.Tables), 1)
	})
	check("query: a result over the limit is partial", func(ctx context.Context) error {
		res, err := c.QueryWorkspace(ctx, workspace, body(fmt.Sprintf("range n from 1 to %d step 1", s.maxRows+1), ""), nil)
		if err != nil {
			return err
		}
		if res.Error == nil {
			return errors.New("no error")
		}
		return first(want("code", res.Error.Code, "PartialError"), want("rows", len(res.Tables[0].Rows), s.maxRows))
	})
	check("query: a syntax error has code, line and position", func(ctx context.Context) error {
		_, err := c.QueryWorkspace(ctx, workspace, body("SigninLogs\n| wher x", ""), nil)
		return responseError(err, 400, "BadArgumentError", `"pos": 2`)
	})
	check("query: a semantic error", func(ctx context.Context) error {
		_, err := c.QueryWorkspace(ctx, workspace, body("SigninLogs | where UserPrincipalNam == ''", ""), nil)
		return responseError(err, 400, "BadArgumentError", "SemanticError")
	})
	check("batch: each answer has its own outcome", func(ctx context.Context) error { return logsBatch(ctx, c) })
	check("who: a wrong token is refused", func(ctx context.Context) error {
		other, err := logsClient(s.url+"/v1", strings.Repeat("0", 48))
		if err != nil {
			return err
		}
		_, err = other.QueryWorkspace(ctx, workspace, body("print 1", ""), nil)
		return responseError(err, 401, "InvalidTokenError", "")
	})
	check("limits: the time that the client sets", func(ctx context.Context) error {
		_, err := c.QueryWorkspace(ctx, workspace, body(slow, ""), &azquery.LogsClientQueryWorkspaceOptions{Options: &azquery.LogsQueryOptions{Wait: to.Ptr(1)}})
		return responseError(err, 504, "GatewayTimeout", "")
	})
	check("limits: a cancelled query ends", func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, 300*time.Millisecond)
		defer cancel()
		if _, err := c.QueryWorkspace(ctx, workspace, body(slow, ""), nil); !errors.Is(err, context.DeadlineExceeded) {
			return fmt.Errorf("got %v", err)
		}
		_, err := c.QueryWorkspace(context.Background(), workspace, body("print 1", ""), nil)
		return err
	})
}

func count(ctx context.Context, c *azquery.LogsClient, timespan string) (float64, error) {
	res, err := c.QueryWorkspace(ctx, workspace, body("SigninLogs | count", timespan), nil)
	if err != nil {
		return 0, err
	}
	return res.Tables[0].Rows[0][0].(float64), nil
}

func responseError(err error, status int, code, part string) error {
	var r *azcore.ResponseError
	if !errors.As(err, &r) || r.StatusCode != status || r.ErrorCode != code || !strings.Contains(err.Error(), part) {
		return fmt.Errorf("want %d %s with %q, got %v", status, code, part, err)
	}
	return nil
}

func logsBatch(ctx context.Context, c *azquery.LogsClient) error {
	res, err := c.QueryBatch(ctx, azquery.BatchRequest{Requests: []*azquery.BatchQueryRequest{
		{CorrelationID: to.Ptr("a"), WorkspaceID: to.Ptr(workspace), Body: to.Ptr(body("print 1", "P1D"))},
		{CorrelationID: to.Ptr("b"), WorkspaceID: to.Ptr(workspace), Body: to.Ptr(body("nonsense(", ""))},
		{CorrelationID: to.Ptr("c"), WorkspaceID: to.Ptr(workspace), Body: to.Ptr(body("print 3", "")), Headers: map[string]*string{"prefer": to.Ptr("include-statistics=true")},
			Method: to.Ptr(azquery.BatchQueryRequestMethodPOST), Path: to.Ptr(azquery.BatchQueryRequestPathQuery)},
	}}, nil)
	if err != nil {
		return err
	}
	var got []string
	for _, r := range res.Responses {
		got = append(got, strings.TrimSpace(fmt.Sprintln(*r.CorrelationID, *r.Status, len(r.Body.Tables), r.Body.Error != nil, len(r.Body.Statistics) > 0)))
	}
	return want("responses", strings.Join(got, "; "), "a 200 1 false false; b 400 0 true false; c 200 1 false true")
}
