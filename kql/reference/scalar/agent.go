package scalar

import (
	"fmt"
	"strings"
	"sync"

	"github.com/ua-parser/uap-go/uaparser"

	"github.com/sleuth-sec/sleuth/kql/types"
)

// agentFunctions read what browsers say about themselves.
func agentFunctions() map[string]Func {
	return map[string]Func{"parse_user_agent": strictErr(parseUserAgent)}
}

// maxAgent bounds the length of a user agent that is looked at: hundreds of patterns are tried on it.
const maxAgent = 4096

// agents has the patterns of the uap-core project, as the service does; reading them takes a while, so they are read at
// their first use.
var agents = sync.OnceValues(func() (*uaparser.Parser, error) { return uaparser.New() })

// parseUserAgent is parse_user_agent(text, "browser", "os" or "device", or an array of them)
// (https://learn.microsoft.com/kusto/query/parse-user-agent-function).
func parseUserAgent(_ *Env, args []types.Value) (types.Value, error) {
	parser, err := agents()
	if err != nil {
		return null, fmt.Errorf("reading the patterns of user agents: %w", err)
	}
	wanted := []types.Tree{"browser", "os", "device"}
	if len(args) > 1 {
		var ok bool
		if wanted, ok = array(args[1]); !ok {
			wanted = []types.Tree{text(args[1])}
		}
	}
	s := text(args[0])
	if len(s) > maxAgent {
		s = strings.ToValidUTF8(s[:maxAgent], "")
	}
	parts := map[string]types.Tree{}
	for _, w := range wanted {
		name, _ := w.(string)
		switch strings.ToLower(name) {
		case "browser":
			a := parser.ParseUserAgent(s)
			parts["Browser"] = makeBag("Family", a.Family, "MajorVersion", a.Major, "MinorVersion", a.Minor, "Patch", a.Patch)
		case "os":
			o := parser.ParseOs(s)
			parts["OperatingSystem"] = makeBag("Family", o.Family, "MajorVersion", o.Major, "MinorVersion", o.Minor, "Patch", o.Patch, "PatchMinor", o.PatchMinor)
		case "device":
			d := parser.ParseDevice(s)
			parts["Device"] = makeBag("Family", d.Family, "Brand", d.Brand, "Model", d.Model)
		default:
			return null, fmt.Errorf("%q is no part of a user agent: use browser, os or device", name)
		}
	}
	out := types.NewBag()
	for _, name := range []string{"Browser", "OperatingSystem", "Device"} {
		if p, ok := parts[name]; ok {
			out.Set(name, p)
		}
	}
	return types.NewDynamic(out), nil
}
