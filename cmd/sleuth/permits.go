package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/audit"
)

// permit is what a command takes of who runs it. The zero value is no permit: such a command does not run.
type permit struct {
	needs   access.Permission // empty where free says why none is needed
	records string            // the operation on record before its effect; empty for what only reads
	free    string
}

const (
	onlyHelp  = "shows its help"
	noData    = "does not touch a data directory"
	ownMemory = "works on data that it makes itself"
)

// permits are the permits of all commands. On this machine whoever may read and write the data directory is its owner, and holds
// every permission; the table says what a command would take of anybody else, and what is on record of it.
func permits() map[string]permit {
	return map[string]permit{
		"sleuth":                 {free: onlyHelp},
		"archive":                {free: onlyHelp},
		"archive list":           {needs: access.Read},
		"archive restore":        {needs: access.Manage, records: "ArchiveRestored"},
		"ask":                    {needs: access.Ask, records: "PromptSubmitted"},
		"audit":                  {free: onlyHelp},
		"audit checkpoint":       {needs: access.ReadUses},
		"audit erase":            {needs: access.Manage, records: audit.TextErased},
		"audit export":           {needs: access.ReadUses, records: auditExported},
		"audit prove":            {needs: access.ReadUses},
		"audit show":             {needs: access.ReadUses},
		"audit verify":           {needs: access.ReadUses},
		"backup":                 {needs: access.Manage, records: backupMade},
		"bench":                  {free: ownMemory},
		"bench kql":              {free: ownMemory},
		"check":                  {needs: access.Read},
		"demo":                   {needs: access.Manage, records: serverStarted},
		"functions":              {free: onlyHelp},
		"functions add":          {needs: access.Author, records: "FunctionSaved"},
		"functions list":         {needs: access.Read},
		"functions remove":       {needs: access.Author, records: "FunctionRemoved"},
		"functions show":         {needs: access.Read},
		"generate":               {free: noData},
		"import":                 {needs: access.Import, records: "ImportStarted"},
		"mcp":                    {needs: access.Ask, records: "PromptSubmitted"},
		"plugin":                 {free: onlyHelp},
		"plugin add":             {needs: access.Author, records: "CreateCopilotPlugin"},
		"plugin check":           {needs: access.Read},
		"plugin disable":         {needs: access.Author, records: "DisableCopilotPlugin"},
		"plugin enable":          {needs: access.Author, records: "EnableCopilotPlugin"},
		"plugin list":            {needs: access.Ask},
		"plugin remove":          {needs: access.Author, records: "DeleteCopilotPlugin"},
		"plugin set":             {needs: access.Author, records: "UpdatePluginSettings"},
		"plugin set-secret":      {needs: access.Author, records: "UpdatePluginSettings"},
		"plugin show":            {needs: access.Ask},
		"promptbook":             {free: onlyHelp},
		"promptbook add":         {needs: access.Author, records: "CreateCopilotPromptBook"},
		"promptbook export":      {needs: access.Ask},
		"promptbook list":        {needs: access.Ask},
		"promptbook remove":      {needs: access.Author, records: "DeleteCopilotPromptBook"},
		"promptbook run":         {needs: access.Ask, records: promptbookRunStarted},
		"purge":                  {needs: access.Manage, records: dataPurged},
		"query":                  {needs: access.Read, records: "QueryRun"},
		"restore":                {needs: access.Manage, records: backupRestored},
		"retention":              {free: onlyHelp},
		"retention list":         {needs: access.Read},
		"retention set":          {needs: access.Manage, records: "RetentionSet"},
		"serve":                  {needs: access.Manage, records: serverStarted},
		"settings":               {free: onlyHelp},
		"settings export":        {needs: access.Manage},
		"settings import":        {needs: access.Manage, records: "UpdateCopilotSettings"},
		"settings key":           {needs: access.Manage},
		"settings list":          {needs: access.Manage},
		"settings new-key":       {free: noData},
		"settings remove-secret": {needs: access.Manage, records: "SecretRemoved"},
		"settings rotate-key":    {needs: access.Manage, records: "KeysRotated"},
		"settings set":           {needs: access.Manage, records: "UpdateCopilotSettings"},
		"settings set-secret":    {needs: access.Manage, records: "SecretChanged"},
		"settings show":          {needs: access.Manage},
		"settings unset":         {needs: access.Manage, records: "UpdateCopilotSettings"},
		"tokens":                 {free: onlyHelp},
		"tokens add":             {needs: access.Manage, records: "TokenCreated"},
		"tokens list":            {needs: access.Manage},
		"tokens remove":          {needs: access.Manage, records: "TokenRemoved"},
		"usage":                  {needs: access.ReadUses},
		"users":                  {free: onlyHelp},
		"users add":              {needs: access.Manage, records: "UserAdded"},
		"users disable":          {needs: access.Manage, records: "UserDisabled"},
		"users end-sessions":     {needs: access.Manage, records: "UserSessionsEnded"},
		"users enable":           {needs: access.Manage, records: "UserEnabled"},
		"users link":             {needs: access.Manage, records: "SignInLinkCreated"},
		"users list":             {needs: access.Manage},
		"users remove":           {needs: access.Manage, records: "UserRemoved"},
		"users reset-factors":    {needs: access.Manage, records: "AuthenticationMethodsReset"},
		"users set-role":         {needs: access.Manage, records: "UserRoleChanged"},
		"version":                {free: noData},
		"watchlist":              {free: onlyHelp},
		"watchlist add":          {needs: access.Author, records: "WatchlistSaved"},
		"watchlist list":         {needs: access.Read},
		"watchlist remove":       {needs: access.Author, records: "WatchlistRemoved"},
		"watchlist show":         {needs: access.Read},
	}
}

// principal is who runs the command.
func (a *app) principal() access.Principal {
	if a.as != nil {
		return *a.as
	}
	return access.LocalOwner()
}

// commandName is a command's name with those above it, without the program's.
func commandName(c *cobra.Command) string {
	return strings.TrimPrefix(c.CommandPath(), c.Root().Name()+" ")
}

// guard lets every command run only where who runs it holds its permit. One without a permit does not run at all.
func (a *app) guard(c *cobra.Command, list map[string]permit) {
	for _, sub := range c.Commands() {
		a.guard(sub, list)
	}
	if c.RunE == nil {
		return
	}
	run, name := c.RunE, commandName(c)
	p, ok := list[name]
	c.RunE = func(c *cobra.Command, args []string) error {
		if !ok || (p.needs == "") == (p.free == "") {
			return fmt.Errorf("%s has no permit, and does not run: this is a fault of the program", name)
		}
		if p.needs == "" {
			return run(c, args)
		}
		if err := access.Authorize(a.principal(), p.needs); err != nil {
			return a.refused(c.Context(), name, err)
		}
		return run(c, args)
	}
}

// refused records that who runs a command may not, where there is a trail to record it in.
func (a *app) refused(ctx context.Context, name string, why error) error {
	err := a.withHouse(ctx, reads, func(h *house) error {
		return h.refuse(ctx, a.principal(), audit.Entry{Operation: "CommandRun", Object: name}, why)
	})
	var e *exitError
	if errors.Is(err, why) || errors.As(err, &e) && e.code == exitNotAllowed { // recorded here, or by the process that owns the directory
		return err
	}
	return errors.Join(why, err)
}
