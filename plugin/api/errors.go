package api

import "github.com/sleuth-sec/sleuth/diag"

func notOpenAPI(at diag.Span, reason string) *diag.Diagnostic {
	return diag.Errorf("PLG3001", at, "not an OpenAPI document: %s", reason)
}

func noVersion(at diag.Span) *diag.Diagnostic {
	return diag.Warningf("PLG3002", at, "the document does not say its version: it is read as OpenAPI 3.0").WithFix(`write openapi: "3.0.0" as its first line`)
}

func otherVersion(at diag.Span, version string) *diag.Diagnostic {
	return diag.Errorf("PLG3002", at, "the document is of the version %s", version).WithFix("convert it to OpenAPI 3.0: Security Copilot takes 3.0.0 and 3.0.1")
}

func laterVersion(at diag.Span, version string) *diag.Diagnostic {
	return diag.Warningf("PLG3002", at, "the document is of the version %s: Security Copilot documents 3.0.0 and 3.0.1 only", version)
}

func noServer(at diag.Span) *diag.Diagnostic {
	return diag.Warningf("PLG3003", at, "the document names no server: the plugin has to name a setting with its address").WithFix("add servers, or EndpointUrlSettingName to the manifest")
}

func noOperationID(at diag.Span, operation, name string) *diag.Diagnostic {
	return diag.Warningf("PLG3004", at, "%s has no operationId: its skill is called %s", operation, name).WithFix("add operationId")
}

func notRead(at diag.Span, part, why string) *diag.Diagnostic {
	return diag.Warningf("PLG3005", at, "%s is not read: %s", part, why)
}

func broken(at diag.Span, reason string) *diag.Diagnostic {
	return diag.Errorf("PLG3006", at, "the document cannot be understood: %s", reason)
}

func noOperations(at diag.Span) *diag.Diagnostic {
	return diag.Errorf("PLG3007", at, "the document has no operations").WithFix("add paths with get, post, put, patch or delete")
}

func undeclared(at diag.Span, operation, name string) *diag.Diagnostic {
	return diag.Warningf("PLG3008", at, "the path of %s has {%s}, which is no parameter: it is taken as a required text", operation, name).WithFix("add it to parameters")
}
