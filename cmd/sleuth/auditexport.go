package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/activity"
	"github.com/sleuth-sec/sleuth/audit"
)

// The formats of audit export.
const (
	formatTrail      = "trail"
	formatManagement = "management-activity"
)

// auditExported is the operation of a copy of the trail that leaves the data directory.
const auditExported = "AuditExported"

func auditExport(a *app) *cobra.Command {
	var format string
	c := &cobra.Command{
		Use:   "export [DIR | FILE]",
		Short: "Copy the trail for somebody else to verify, or write it as records for another system",
		Long: "--format trail writes the log, the texts, the tree and the public keys, without the signing key, into a new folder. Whoever gets\n" +
			"it verifies it with sleuth audit verify --trail DIR, or with any implementation of RFC 6962 and c2sp.org/tlog-checkpoint.\n\n" +
			"--format management-activity writes a JSON array of audit records as the Office 365 Management Activity API gives them, to a file\n" +
			"or to standard output, under Sleuth's own AppIdentity (Copilot.Sleuth). Prompts and answers are in them only as far as the owner\n" +
			"opted in, and not where they were erased. docs/reference/audit-events.md has the records.",
		Example: "  sleuth audit export /evidence/trail-2026-11-20\n  sleuth audit export --format management-activity sleuth-audit.json",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			switch {
			case format == formatManagement:
				return a.withHouse(c.Context(), reads, func(h *house) error { return a.exportRecords(c.Context(), h, args) })
			case format != formatTrail:
				return usage("--format %q: give %s or %s", format, formatTrail, formatManagement)
			case len(args) != 1:
				return usage("give the new folder for the trail")
			}
			return a.exportTrail(c.Context(), args[0])
		},
	}
	c.Flags().StringVar(&format, "format", formatTrail, formatTrail+" or "+formatManagement)
	return c
}

// exportTrail copies the trail, the entry of this export being its last. A damaged trail takes no entry; that it can be copied for
// somebody to look at matters more.
func (a *app) exportTrail(ctx context.Context, to string) error {
	dst := a.path(to)
	if exists(dst) && !emptyDir(dst) {
		return fmt.Errorf("%s is not empty: give a new directory", dst)
	}
	err := a.withHouse(ctx, reads, func(h *house) error {
		err := h.admit(ctx, a.principal(), access.ReadUses, audit.Entry{Operation: auditExported, Object: dst, Details: map[string]string{"format": formatTrail}})
		if err != nil {
			return err
		}
		return a.copyTrail(filepath.Join(h.dir, auditDir), dst)
	})
	if !errors.Is(err, audit.ErrDamaged) {
		return err
	}
	dir, derr := a.trailDir()
	if derr != nil {
		return derr
	}
	a.say("%s; it is copied as it is, and this copy is not on record", err)
	return a.copyTrail(dir, dst)
}

func (a *app) copyTrail(dir, dst string) error {
	if err := audit.Export(dir, dst); err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "%s: the trail without its signing key\n", dst)
	return nil
}

// exportRecords writes the trail as records, the entry of this export being the last.
func (a *app) exportRecords(ctx context.Context, h *house, args []string) error {
	entry := audit.Entry{Operation: auditExported, Details: map[string]string{"format": formatManagement}}
	if len(args) == 0 {
		if err := h.admit(ctx, access.LocalOwner(), access.ReadUses, entry); err != nil {
			return err
		}
		_, err := h.writeRecords(ctx, a.stdout)
		return err
	}
	path := a.path(args[0])
	entry.Object = path
	if err := h.admit(ctx, access.LocalOwner(), access.ReadUses, entry); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	n, err := h.writeRecords(ctx, f)
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	a.say("%s: %s", path, count(n, "record"))
	return nil
}

// writeRecords writes a JSON array of the records of all entries, one a line.
func (h *house) writeRecords(ctx context.Context, w io.Writer) (n int, err error) {
	tenant, err := h.ws.Tenant(ctx)
	if err != nil {
		return 0, err
	}
	dir := filepath.Join(h.dir, auditDir)
	keys, err := audit.VerifierKeys(dir)
	if err != nil {
		return 0, err
	}
	texts, err := audit.OpenTexts(dir)
	if err != nil {
		return 0, err
	}
	defer texts.Close()
	m, after := activity.NewMapper(h.ws.Schemas(), keys[0], tenant), activity.DefaultCopies()
	out := bufio.NewWriter(w)
	var problem error
	err = audit.Read(dir, func(e audit.Entry) bool {
		copies := after
		if after = copies.After(m, e); !copies.Has(m, e) {
			return ctx.Err() == nil
		}
		said, unreadable := activity.TextsOf(e, texts, copies.Responses, nil)
		record, err := m.Management(e, said)
		if problem = errors.Join(err, *unreadable, ctx.Err()); problem != nil {
			return false
		}
		before := ",\n"
		if n == 0 {
			before = "[\n"
		}
		_, problem = out.WriteString(before + string(record))
		n++
		return problem == nil
	})
	if err = errors.Join(err, problem, ctx.Err()); err != nil {
		return n, err
	}
	if n == 0 {
		_, err = out.WriteString("[")
	}
	if err == nil {
		_, err = out.WriteString("\n]\n")
	}
	return n, errors.Join(err, out.Flush())
}
