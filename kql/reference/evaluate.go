package reference

import (
	"github.com/sleuth-sec/sleuth/diag"
	"github.com/sleuth-sec/sleuth/kql/plan"
)

func (c *compiler) compileEvaluate(n *plan.EvaluateOp) (opener, error) {
	return nil, notImplemented(diag.Span{}, "plugin", n.Plugin.Name)
}
