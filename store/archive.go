package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/sleuth-sec/sleuth/store/ingest"
)

// The archive holds the days of a table that are beyond its retention: archive/TABLE/DAY.parquet in the data directory.
// meta.archived lists the files.

// archiveName is the folder of the archive in a data directory.
const archiveName = "archive"

const parquetSuffix = ".parquet"

// archiveFile is the path of a day's file.
func (w *Workspace) archiveFile(table string, day int64) string {
	return filepath.Join(w.dir, archiveName, table, dayText(day*ticksPerDay)+parquetSuffix)
}

// dropDeletedArchives removes the files of days that were deleted. A deletion takes them off the list in its transaction; the
// files go after it, here or, when that was killed, when the workspace is opened.
func (w *Workspace) dropDeletedArchives(ctx context.Context) error {
	if w.opts.Memory {
		return nil
	}
	gone, err := w.deletions(ctx)
	if err != nil {
		return err
	}
	for table, d := range gone {
		dir := filepath.Join(w.dir, archiveName, table)
		entries, err := os.ReadDir(dir)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		listed, err := w.archivedDays(ctx, table)
		if err != nil {
			return err
		}
		for _, e := range entries {
			at, err := time.Parse(time.DateOnly, strings.TrimSuffix(e.Name(), parquetSuffix))
			if err != nil || !strings.HasSuffix(e.Name(), parquetSuffix) {
				continue // not of the archive
			}
			if day := ingest.Ticks(at) / ticksPerDay; day*ticksPerDay < d.Before && !listed[day] {
				if err := os.Remove(filepath.Join(dir, e.Name())); err != nil {
					return fmt.Errorf("a day that was deleted is still in the archive: %w", err)
				}
			}
		}
	}
	return nil
}

// archivedDays are the days of a table that the archive has a file of.
func (w *Workspace) archivedDays(ctx context.Context, table string) (map[int64]bool, error) {
	rows, err := w.db.QueryContext(ctx, "SELECT day FROM ws.meta.archived WHERE table_name = ?", table)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[int64]bool{}
	for rows.Next() {
		var day int64
		if err := rows.Scan(&day); err != nil {
			return nil, err
		}
		out[day] = true
	}
	return out, rows.Err()
}
