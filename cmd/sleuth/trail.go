package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/audit"
	"github.com/sleuth-sec/sleuth/copilot"
)

func auditCommand(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:   "audit",
		Short: "Verify, show and export the audit trail",
		Long: "The trail holds an entry for every prompt, answer, query, import and change, in a Merkle log with signed checkpoints.\n" +
			"Verifying needs no secret and no running process.",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(auditVerify(a), auditShow(a), auditExport(a), auditCheckpoint(a), auditProve(a), auditErase(a))
	for _, sub := range c.Commands() {
		wrapArgs(sub)
	}
	return c
}

// trailDir is the folder of the trail that --data names.
func (a *app) trailDir() (string, error) {
	dir, export, err := a.place(reads)
	if err != nil {
		return "", err
	}
	if export != "" {
		return "", usage("%s is an export: it has no audit trail. Give --data with a data directory", export)
	}
	dir = filepath.Join(dir, auditDir)
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("there is no audit trail in %s", filepath.Dir(dir))
	}
	return dir, nil
}

func auditVerify(a *app) *cobra.Command {
	var known, keys []string
	var asJSON bool
	var exported string
	c := &cobra.Command{
		Use:   "verify",
		Short: "Check every byte of the trail against its signed checkpoints",
		Long: "Reads the whole trail and names the first entry that was changed, is missing or out of order (exit status 4). A checkpoint\n" +
			"that was kept elsewhere finds a trail that was written anew; --key does the same for the signing key.",
		Example: "  sleuth audit verify --known checkpoint-2026-11-01.txt",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			dir, err := a.path(exported), error(nil)
			if exported == "" {
				dir, err = a.trailDir()
			}
			if err != nil {
				return err
			}
			return a.verifyTrail(dir, known, keys, asJSON)
		},
	}
	c.Flags().StringArrayVar(&known, "known", nil, "file with a signed checkpoint that was kept elsewhere; may come several times")
	c.Flags().StringArrayVar(&keys, "key", nil, "verifier key that the trail must begin with")
	c.Flags().BoolVar(&asJSON, "json", false, "print the report as JSON")
	c.Flags().StringVar(&exported, "trail", "", "folder of an exported trail, instead of that of --data")
	return c
}

func (a *app) verifyTrail(dir string, known, keys []string, asJSON bool) error {
	public, err := audit.VerifierKeys(dir)
	if err != nil {
		return err
	}
	for _, k := range keys {
		if k != public[0] {
			return fmt.Errorf("%w: its first key is %s, not %s", audit.ErrDamaged, public[0], k)
		}
	}
	var elsewhere []audit.Checkpoint
	for _, file := range known {
		text, err := os.ReadFile(a.path(file))
		if err != nil {
			return err
		}
		c, err := audit.OpenCheckpoint(string(text), public...)
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		elsewhere = append(elsewhere, c)
	}
	r, err := audit.Verify(dir, elsewhere...)
	if err != nil {
		return err
	}
	if asJSON {
		if err := json.NewEncoder(a.stdout).Encode(r); err != nil {
			return err
		}
	}
	if r.Bad != nil {
		return r.Bad
	}
	if !asJSON {
		fmt.Fprintf(a.stdout, "the trail is whole\nentries: %d\nsigned checkpoints: %d\ntexts: %d, erased on record: %d\nroot: %s\nkey: %s\n",
			r.Entries, r.Checkpoints, r.Texts, r.Erased, r.Head.Root, public[0])
		if r.Unacknowledged > 0 {
			fmt.Fprintf(a.stdout, "%d bytes behind the head are being written, or were left by a crash before anything was acknowledged\n", r.Unacknowledged)
		}
	}
	return nil
}

func auditShow(a *app) *cobra.Command {
	var from, most int64
	var operation string
	var asJSON bool
	c := &cobra.Command{
		Use:     "show",
		Short:   "Show entries of the trail, the newest ones or those from an index",
		Example: "  sleuth audit show --most 20 --operation PromptSubmitted\n  sleuth audit show --from 120 --most 1",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			dir, err := a.trailDir()
			if err != nil {
				return err
			}
			return a.showTrail(dir, from, most, operation, asJSON)
		},
	}
	c.Flags().Int64Var(&from, "from", -1, "begin with the entry of this index (default: show the newest)")
	c.Flags().Int64Var(&most, "most", 50, "show at most this many entries; 0 for all")
	c.Flags().StringVar(&operation, "operation", "", "show only entries of this operation")
	c.Flags().BoolVar(&asJSON, "json", false, "one JSON object a line")
	return c
}

func (a *app) showTrail(dir string, from, most int64, operation string, asJSON bool) error {
	list, left, err := trailEntries(dir, from, most, operation)
	if err != nil {
		return err
	}
	texts, err := audit.OpenTexts(dir)
	if err != nil {
		return err
	}
	defer texts.Close()
	for _, e := range list {
		if err := a.showEntry(e, texts, asJSON); err != nil {
			return err
		}
	}
	switch {
	case len(list) == 0:
		a.say("no entry fits")
	case left > 0:
		a.say("%d more fit; --most 0 shows all", left)
	}
	return nil
}

// trailEntries are at most so many entries that fit: the first from an index on, the newest where from is negative. left is how
// many more fit.
func trailEntries(dir string, from, most int64, operation string) (list []audit.Entry, left int, err error) {
	err = audit.Read(dir, func(e audit.Entry) bool {
		full := most > 0 && int64(len(list)) == most
		switch {
		case int64(e.Index) < from || operation != "" && e.Operation != operation:
		case full && from >= 0:
			left++
		case full:
			list, left = append(list[1:], e), left+1
		default:
			list = append(list, e)
		}
		return true
	})
	return list, left, err
}

func (a *app) showEntry(e audit.Entry, texts *audit.TextFile, asJSON bool) error {
	if asJSON {
		return writeEntry(a.stdout, e, texts)
	}
	parts := []string{strconv.FormatUint(e.Index, 10), e.Time.Format(time.RFC3339), e.Principal, e.Operation}
	for _, x := range []string{e.Object, e.Outcome} {
		if x != "" {
			parts = append(parts, x)
		}
	}
	fmt.Fprintln(a.stdout, strings.Join(parts, "  "))
	for _, name := range sortedKeys(e.Details) {
		fmt.Fprintf(a.stdout, "    %s: %s\n", name, oneLine(e.Details[name]))
	}
	for _, name := range sortedKeys(e.Texts) {
		text, err := texts.Text(e.Texts[name])
		switch {
		case errors.Is(err, audit.ErrErased):
			text = "(erased)"
		case err != nil:
			return err
		}
		fmt.Fprintf(a.stdout, "    %s: %s\n", name, oneLine(text))
	}
	return nil
}

// writeEntry writes an entry as a line of JSON, with its texts in place of their hashes.
func writeEntry(w io.Writer, e audit.Entry, texts *audit.TextFile) error {
	said := map[string]string{}
	for name, t := range e.Texts {
		text, err := texts.Text(t)
		if err != nil && !errors.Is(err, audit.ErrErased) {
			return err
		}
		if err == nil {
			said[name] = text
		}
	}
	return json.NewEncoder(w).Encode(struct {
		audit.Entry
		Texts map[string]string `json:"texts,omitempty"`
	}{e, said})
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// oneLine shows a text of several lines in one.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

func auditCheckpoint(a *app) *cobra.Command {
	var size int64
	c := &cobra.Command{
		Use:     "checkpoint",
		Short:   "Print the newest signed checkpoint, to keep elsewhere",
		Example: "  sleuth audit checkpoint > checkpoint-2026-11-20.txt",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return a.withProofs(func(p *audit.Proofs) error {
				text, err := p.Checkpoint(size)
				if err == nil {
					_, err = fmt.Fprint(a.stdout, text)
				}
				return err
			})
		},
	}
	c.Flags().Int64Var(&size, "size", 0, "of the first so many entries, or of the next checkpoint after them")
	return c
}

func auditProve(a *app) *cobra.Command {
	var since string
	c := &cobra.Command{
		Use:   "prove [INDEX]",
		Short: "Print the proof that an entry is in the log, or that the log goes on from a checkpoint",
		Long: "With an index: the entry, and the hashes from it up to the signed root. With --since and a file with an earlier checkpoint: the hashes\n" +
			"that show that the log of the newest checkpoint begins with the whole log of that one. The format is in docs/reference/audit-proofs.md.",
		Example: "  sleuth audit prove 120\n  sleuth audit prove --since checkpoint-2026-11-01.txt",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if (len(args) == 1) == (since != "") {
				return usage("give the index of an entry, or --since with a checkpoint")
			}
			return a.withProofs(func(p *audit.Proofs) error { return a.prove(p, args, since) })
		},
	}
	c.Flags().StringVar(&since, "since", "", "file with an earlier signed checkpoint")
	return c
}

func (a *app) prove(p *audit.Proofs, args []string, since string) error {
	var proof any
	if since != "" {
		from, err := os.ReadFile(a.path(since))
		if err != nil {
			return err
		}
		to, err := p.Checkpoint(0)
		if err != nil {
			return err
		}
		if proof, err = p.Consistency(string(from), to); err != nil {
			return err
		}
	} else {
		index, err := strconv.ParseInt(args[0], 10, 64)
		if err != nil {
			return usage("%q is not the index of an entry", args[0])
		}
		if proof, err = p.Entry(index); err != nil {
			return err
		}
	}
	out := json.NewEncoder(a.stdout)
	out.SetEscapeHTML(false) // the entry's bytes are hashed as they stand
	out.SetIndent("", "  ")
	return out.Encode(proof)
}

func (a *app) withProofs(f func(*audit.Proofs) error) error {
	dir, err := a.trailDir()
	if err != nil {
		return err
	}
	p, err := audit.OpenProofs(dir)
	if err != nil {
		return err
	}
	return errors.Join(f(p), p.Close())
}

func auditErase(a *app) *cobra.Command {
	var reason, replacement string
	c := &cobra.Command{
		Use:   "erase INDEX NAME",
		Short: "Erase a text of an entry for good; every proof stays whole",
		Long: "Overwrites a prompt or an answer that must not be kept, such as a password that somebody typed. The entry, its hash and the\n" +
			"erasure itself stay on record. The saved session loses its copy too: of a prompt with its answer, or of the answer.",
		Example: "  sleuth audit erase 120 prompt --reason 'a password was typed'",
		Args:    cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			index, err := strconv.ParseUint(args[0], 10, 64)
			if err != nil {
				return usage("%q is not the index of an entry", args[0])
			}
			if reason == "" {
				return usage("give --reason: it is kept on record")
			}
			return a.withHouse(c.Context(), writes, func(h *house) error {
				return a.erase(c.Context(), h, index, args[1], reason, replacement)
			})
		},
	}
	c.Flags().StringVar(&reason, "reason", "", "why; kept on record")
	c.Flags().StringVar(&replacement, "replacement", "", "what stands for the text from now on, where part of it may stay")
	return c
}

func (a *app) erase(ctx context.Context, h *house, index uint64, name, reason, replacement string) error {
	p := access.LocalOwner()
	if err := access.Authorize(p, access.Manage); err != nil {
		return err
	}
	e, err := h.entry(index)
	if err != nil {
		return err
	}
	text, ok := e.Texts[name]
	if !ok {
		return fmt.Errorf("entry %d has no text named %q: sleuth audit show --from %d --most 1 shows what it has", index, name, index)
	}
	// The session's copy goes first: should this be interrupted here, the text is still in the trail, and the command can be
	// given again.
	if err := h.eraseInSession(ctx, e, text, replacement); err != nil {
		return err
	}
	if err := h.trail.Erase(ctx, p.ID, reason, text, replacement); err != nil {
		return err
	}
	if err := h.activity.CatchUp(ctx); err != nil { // its rows in the workspace lose the text as well
		return fmt.Errorf("the %s of entry %d is erased from the trail; the rows made of it lose it when they are next read: %w", name, index, err)
	}
	fmt.Fprintf(a.stdout, "the %s of entry %d is erased\n", name, index)
	return nil
}

// entry is the entry of an index.
func (h *house) entry(index uint64) (e audit.Entry, err error) {
	found := false
	err = audit.Read(filepath.Join(h.dir, auditDir), func(x audit.Entry) bool {
		if x.Index == index {
			e, found = x, true
		}
		return x.Index < index
	})
	if err == nil && !found {
		err = fmt.Errorf("the trail has no entry %d", index)
	}
	return e, err
}

// eraseInSession takes the copy of an entry's text out of the saved session.
func (h *house) eraseInSession(ctx context.Context, e audit.Entry, text audit.Text, replacement string) error {
	session, prompt, _ := strings.Cut(e.Object, "/")
	erased := func(id, outcome string) ([]byte, error) { return copilot.Erased(session, id, outcome) }
	switch e.Operation {
	case "PromptSubmitted":
		texts, err := audit.OpenTexts(filepath.Join(h.dir, auditDir))
		if err != nil {
			return err
		}
		defer texts.Close()
		said, err := texts.Text(text)
		if errors.Is(err, audit.ErrErased) {
			return nil // it was erased before, and its copy before that
		}
		if err != nil {
			return err
		}
		if replacement == "" {
			replacement = "(erased)"
		}
		_, err = h.state.ErasePrompt(ctx, session, said, replacement, erased)
		return err
	case "PromptAnswered":
		_, err := h.state.EraseAnswer(ctx, session, prompt, erased)
		return err
	}
	return nil // other texts have no copy
}
