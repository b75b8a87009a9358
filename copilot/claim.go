package copilot

import (
	"context"
	"fmt"

	"github.com/sleuth-sec/sleuth/copilot/route"
)

// claim counts the rows for which what a prompt asks of all of them is so: its first step. The verdict is given once all rows
// are known.
func (r *run) claim(ctx context.Context, call *route.Call) (verdict func(all int), failed *Answer) {
	if call.Holds == nil {
		return func(int) {}, nil
	}
	st, res := r.step(ctx, call.Holds)
	if st.Error != "" {
		return nil, r.failed(st)
	}
	r.add(st, call.Holds, res)
	n, step := len(res.Rows), len(r.answer.Steps)-1
	v := &view{c: r.c, call: call.Holds, res: res, n: n}
	asked := v.besidesInputs(call.Inputs)
	return func(all int) {
		if all == 0 {
			return // the answer says that there is none
		}
		noun := call.Skill.Answer.Subject
		if noun == "" {
			noun = "row"
		}
		word := "Yes"
		if n < all {
			word = "No"
		}
		r.say(fmt.Sprintf("%s: %s for %d of %s.", word, asked, n, plural(all, noun, "")), step, v.cited("all"))
	}, nil
}
