package plugin

import (
	"github.com/sleuth-sec/sleuth/diag"
)

// Reading: the text, its keys and their values.

func notYAML(at diag.Span, reason string) *diag.Diagnostic {
	return diag.Errorf("PLG1001", at, "not a YAML manifest: %s", reason)
}

func moreDocuments(at diag.Span) *diag.Diagnostic {
	return diag.Warningf("PLG1001", at, "the file holds further YAML documents, which are not read").WithFix("give each manifest its own file")
}

func missing(at diag.Span, key string) *diag.Diagnostic {
	return diag.Errorf("PLG1002", at, "%s is missing; a manifest needs it", key)
}

func twice(at diag.Span, skill string, line int) *diag.Diagnostic {
	return diag.Errorf("PLG1003", at, "skill %q is declared twice, the first time in line %d", skill, line).WithFix("give one another name")
}

func keyTwice(at diag.Span, key, what string) *diag.Diagnostic {
	return diag.Errorf("PLG1003", at, "%s of %s stands here for the second time", key, what).WithFix("keep one of them")
}

func listTwice(at diag.Span, key, what string) *diag.Diagnostic {
	return diag.Warningf("PLG1003", at, "%s of %s stands here for the second time: both lists are read as one", key, what).WithFix("put their items into one list")
}

func noInput(at diag.Span, skill, input string) *diag.Diagnostic {
	return diag.Errorf("PLG1004", at, "skill %q uses {{%s}} but declares no such input", skill, input).WithFix("add it to Inputs")
}

func looseHole(at diag.Span, skill, hole string) *diag.Diagnostic {
	return diag.Warningf("PLG1004", at, "skill %q uses {{%s}}, which is neither an input nor a setting: it has no value unless a call names it", skill, hole).WithFix("add it to Inputs")
}

func unusedInput(at diag.Span, skill, input string) *diag.Diagnostic {
	return diag.Warningf("PLG1004", at, "the template of skill %q does not use the input %s", skill, input).WithFix("write {{%s}} where its value belongs, or take it out", input)
}

func noRole(at diag.Span, skill string, err error) *diag.Diagnostic {
	return diag.Errorf("PLG1005", at, "skill %q, Role: %v", skill, err)
}

func notA(at diag.Span, key, want, got string) *diag.Diagnostic {
	return diag.Errorf("PLG1006", at, "%s is %s; it has to be %s", key, got, want)
}

func notOneOf(at diag.Span, key, got, want string) *diag.Diagnostic {
	return diag.Errorf("PLG1007", at, "%s cannot be %q", key, got).WithFix("write one of %s", want)
}

func tooLong(at diag.Span, key string, got, most int) *diag.Diagnostic {
	return diag.Warningf("PLG1008", at, "%s has %d characters; Security Copilot documents at most %d", key, got, most)
}

func oddName(at diag.Span, key, got string) *diag.Diagnostic {
	return diag.Warningf("PLG1008", at, `%s %q holds one of / \ ? #, which Security Copilot documents as not allowed`, key, got)
}

func tooMany(at diag.Span, what string, most int) *diag.Diagnostic {
	return diag.Errorf("PLG1008", at, "the manifest has more than %d %s", most, what).WithFix("split it")
}

func unknownKey(at diag.Span, key, what, near string) *diag.Diagnostic {
	d := diag.Warningf("PLG1009", at, "%s is no key of %s, and is not read", key, what)
	if near != "" {
		d.WithFix("did you mean %s?", near)
	}
	return d
}

func badValue(at diag.Span, key, got, reason string) *diag.Diagnostic {
	return diag.Errorf("PLG1010", at, "%s is %q: %s", key, got, reason)
}

func noTemplate(at diag.Span, skill string) *diag.Diagnostic {
	return diag.Errorf("PLG1011", at, "skill %q has no Template, TemplateUrl or TemplateFile", skill).WithFix("write the text below Settings as Template")
}

func noSetting(at diag.Span, key, setting string) *diag.Diagnostic {
	return diag.Errorf("PLG1012", at, "%s names the setting %q, which the Descriptor does not declare", key, setting).WithFix("declare it in Descriptor.Settings")
}

func sleuthBlock(at diag.Span, skill string, err error) *diag.Diagnostic {
	return diag.Errorf("PLG1013", at, "skill %q, Sleuth: %v", skill, err)
}

func authUnlike(at diag.Span, typ string) *diag.Diagnostic {
	return diag.Warningf("PLG1014", at, "Authorization is of the type %s, which SupportedAuthTypes does not name", typ).WithFix("add %s to SupportedAuthTypes", typ)
}

func secretHere(at diag.Span, key string) *diag.Diagnostic {
	return diag.Warningf("PLG1015", at, "Authorization holds %s, which is not read from a manifest", key).WithFix("take it out, and give it when the plugin is added")
}

func noSkill(at diag.Span, key, name string) *diag.Diagnostic {
	return diag.Errorf("PLG1016", at, "%s names %q, which is no skill of this manifest", key, name)
}

// Promptbooks.

func notPromptbook(at diag.Span, reason string) *diag.Diagnostic {
	return diag.Errorf("PLG4001", at, "not a promptbook: %s", reason)
}

func bookMissing(at diag.Span, key string) *diag.Diagnostic {
	return diag.Errorf("PLG4002", at, "%s is missing; a promptbook needs it", key)
}

func bookLoose(at diag.Span, hole string) *diag.Diagnostic {
	return diag.Warningf("PLG4003", at, "the prompt has <%s>, which is no input of the promptbook and stays as it is", hole).WithFix("add it to promptbookinputs")
}

func bookUnused(at diag.Span, input string) *diag.Diagnostic {
	return diag.Warningf("PLG4003", at, "no prompt uses the input %s", input).WithFix("write <%s> where its value belongs, or take it out", input)
}
