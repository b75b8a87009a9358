package plan

import "github.com/sleuth-sec/sleuth/kql/types"

// RemoteOp marks a sub-plan that the backend runs: kql/optimize puts it where the emitter can say all of Input, and the
// executor of the rest asks its caller for the rows.
type RemoteOp struct{ Input Node }

// Schema implements Node.
func (n *RemoteOp) Schema() types.Schema { return n.Input.Schema() }

// Inputs implements Node.
func (n *RemoteOp) Inputs() []Node { return []Node{n.Input} }

func (*RemoteOp) node() {}
