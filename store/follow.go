package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"github.com/sleuth-sec/sleuth/entra"
	"github.com/sleuth-sec/sleuth/kql/emit/duckdb"
	"github.com/sleuth-sec/sleuth/store/shadow"
)

// follow brings one table, of which have are the columns in lower case, to its definition, in a transaction of its own. Columns
// of the schema are added empty: what a record had beyond the columns of its day stands in _Extra. Shadow columns are computed
// from what is held, for which the table is written once more.
func (w *Workspace) follow(ctx context.Context, t *entra.Table, have map[string]bool) error {
	lacks := func(name string) bool { return !have[strings.ToLower(name)] }
	shadows := shadow.Of(t)
	missing := slices.DeleteFunc(slices.Clone(t.Columns), func(c entra.Column) bool { return !lacks(c.Name) })
	shadowless := slices.ContainsFunc(shadows.Names, lacks)
	if have != nil && len(missing) == 0 && !shadowless {
		return nil
	}
	tx, err := w.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // after a commit it does nothing
	switch {
	case have == nil:
		_, err = tx.ExecContext(ctx, createTable(t))
	case shadowless:
		err = rebuild(ctx, tx, t, shadows, lacks)
	default:
		err = addMissing(ctx, tx, t, missing)
	}
	if err != nil {
		return err
	}
	return tx.Commit()
}

func addMissing(ctx context.Context, tx *sql.Tx, t *entra.Table, missing []entra.Column) error {
	for _, c := range missing {
		ddl := fmt.Sprintf("ALTER TABLE %s ADD COLUMN %s %s", rawName(t), ident(c.Name), sqlType(c.Type))
		if c.Type == "string" {
			ddl += " DEFAULT ''"
		}
		if _, err := tx.ExecContext(ctx, ddl); err != nil {
			return err
		}
	}
	_, err := tx.ExecContext(ctx, createView(t))
	return err
}

// rebuild writes a table anew with all its columns, in order.
func rebuild(ctx context.Context, tx *sql.Tx, t *entra.Table, shadows *shadow.Columns, lacks func(string) bool) error {
	var into, from []string
	for _, name := range physical(t) {
		switch shadowed := slices.Contains(shadows.Names, name); {
		case !lacks(name):
			into, from = append(into, ident(name)), append(from, ident(name))
		case shadowed && !lacks(shadow.Base(name)): // of a column that is new itself, there is nothing to take it from
			into, from = append(into, ident(name)), append(from, shadows.Expr(name))
		}
	}
	fresh := "ws.raw." + ident(t.Name+"$new")
	fill := fmt.Sprintf("INSERT INTO %s (%s) SELECT %s FROM %s", fresh, strings.Join(into, ", "), strings.Join(from, ", "), rawName(t))
	// A table that has only now learned its time, or who acts, has nothing to be ordered by.
	who := shadow.Entity(t)
	if by, ok := ordered(t); ok && !lacks("TimeGenerated") && (who < 0 || !lacks(t.Columns[who].Name)) {
		for i, name := range into { // the names of columns that only the new table has are their expressions here
			if lacks(strings.Trim(name, `"`)) {
				by = strings.ReplaceAll(by, name, from[i])
			}
		}
		fill += " ORDER BY " + by
	}
	for _, statement := range []string{
		fmt.Sprintf("CREATE TABLE %s (%s)", fresh, columnDefs(t)), fill,
		"DROP TABLE " + rawName(t),
		fmt.Sprintf("ALTER TABLE %s RENAME TO %s", fresh, ident(t.Name)),
		createView(t),
	} {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	if !lacks(shadows.Fold()) || shadows.Fold() != "" && lacks(shadow.Base(shadows.Fold())) {
		return nil
	}
	return refold(ctx, tx, t, shadows)
}

// refold folds what SQL cannot.
func refold(ctx context.Context, tx *sql.Tx, t *entra.Table, shadows *shadow.Columns) error {
	where, column := shadows.Unfolded()
	if where == "" {
		return nil
	}
	rows, err := tx.QueryContext(ctx, fmt.Sprintf("SELECT DISTINCT %s FROM %s WHERE %s", ident(column), rawName(t), where))
	if err != nil {
		return err
	}
	defer rows.Close()
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return err
		}
		names = append(names, name)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for _, name := range names {
		_, err := tx.ExecContext(ctx, fmt.Sprintf("UPDATE %s SET %s = ? WHERE %s = ?", rawName(t), ident(shadows.Fold()), ident(column)), duckdb.Fold(name), name)
		if err != nil {
			return err
		}
	}
	return nil
}
