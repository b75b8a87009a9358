package main

import (
	"time"

	"github.com/sleuth-sec/sleuth/manage"
	"github.com/sleuth-sec/sleuth/server/auth"
)

// newManage makes the service for people, tokens and settings, which the commands and the page share. Its clock is the real one, in
// the demo too.
func (h *house) newManage() *manage.Service {
	return manage.New(manage.Config{
		Store: h.state, Secrets: h.secrets, Record: h.recordOf, Refused: h.refuse,
		NewSecret: auth.NewSecret, NewToken: auth.NewToken, Now: time.Now, Idle: auth.Idle,
	})
}
