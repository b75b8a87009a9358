import { Button, Caption1, Input, makeStyles, mergeClasses, tokens } from '@fluentui/react-components'
import { ArrowDownloadRegular, ArrowSortDownRegular, ArrowSortUpRegular, CopyRegular, SearchRegular } from '@fluentui/react-icons'
import { useMemo, useState } from 'react'
import { cellText, grouped, local, moment, plain } from './text'
import type { Cell, Table } from './types'

const page = 100

const useStyles = makeStyles({
  bar: { display: 'flex', gap: '8px', alignItems: 'center', flexWrap: 'wrap' },
  grow: { flexGrow: 1 },
  frame: { overflow: 'auto', maxHeight: '560px', border: `1px solid ${tokens.colorNeutralStroke2}`, borderRadius: tokens.borderRadiusMedium },
  table: { borderCollapse: 'separate', borderSpacing: 0, width: '100%', fontSize: tokens.fontSizeBase300 },
  head: {
    position: 'sticky', top: 0, zIndex: 1, textAlign: 'left', whiteSpace: 'nowrap', height: '34px', padding: 0,
    backgroundColor: tokens.colorNeutralBackground1, borderBottom: `1px solid ${tokens.colorNeutralStroke1}`,
  },
  sort: { fontWeight: tokens.fontWeightSemibold, minWidth: 'auto', whiteSpace: 'nowrap', padding: '0 12px' },
  cell: {
    height: '34px', padding: '0 12px', whiteSpace: 'nowrap', maxWidth: '420px', overflow: 'hidden', textOverflow: 'ellipsis',
    borderBottom: `1px solid ${tokens.colorNeutralStroke3}`,
  },
  number: { textAlign: 'right', fontVariantNumeric: 'tabular-nums' },
  mono: { fontFamily: tokens.fontFamilyMonospace, fontSize: tokens.fontSizeBase200 },
  row: {
    cursor: 'pointer', ':hover': { backgroundColor: tokens.colorNeutralBackground1Hover },
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: '-2px' },
  },
})

const numeric = new Set(['int', 'long', 'real', 'decimal'])
const code = /(^|[a-z])(ip ?address|ip|id|guid|user ?agent|error ?code|result ?type|correlation ?id)$/i

// ResultGrid shows a table's rows with sorting, finding, copying and export. It keeps rows in the order they came
// until the reader sorts, and makes at most a page of row elements at a time.
export function ResultGrid(props: { table: Table; onRow: (row: number) => void }) {
  const s = useStyles()
  const { columns, rows, total } = props.table
  const [sort, setSort] = useState<{ column: number; down: boolean }>()
  const [find, setFind] = useState('')
  const [shown, setShown] = useState(page)

  const order = useMemo(() => {
    const needle = find.trim().toLowerCase()
    const at = rows.map((_, i) => i).filter((i) => !needle || rows[i]!.some((c) => cellText(c).toLowerCase().includes(needle)))
    if (sort) at.sort((a, b) => compare(rows[a]![sort.column]!, rows[b]![sort.column]!) * (sort.down ? -1 : 1) || a - b)
    return at
  }, [rows, find, sort])

  if (rows.length === 0) return null
  const csv = () => [columns.map((c) => c.name), ...order.map((i) => rows[i]!.map(cellText))].map((r) => r.map(quote).join(',')).join('\r\n')
  return (
    <div>
      <div className={s.bar}>
        <Caption1 data-testid="rowcount">
          {find ? `${grouped(order.length)} of ${grouped(rows.length)} rows match` : rows.length < total ? `${grouped(rows.length)} of ${grouped(total)} rows` : `${grouped(total)} ${total === 1 ? 'row' : 'rows'}`}
        </Caption1>
        <span className={s.grow} />
        {rows.length > 5 && (
          <Input size="small" contentBefore={<SearchRegular />} aria-label="Find in result" placeholder="Find" value={find} onChange={(_, d) => setFind(d.value)} />
        )}
        <Button size="small" icon={<CopyRegular />} onClick={() => void navigator.clipboard.writeText(csv())}>Copy</Button>
        <Button size="small" icon={<ArrowDownloadRegular />} onClick={() => download(csv())}>CSV</Button>
      </div>
      <div className={s.frame} tabIndex={0} role="region" aria-label="Result rows">
        <table className={s.table} aria-rowcount={total} data-testid="grid">
          <thead>
            <tr>
              {columns.map((c, i) => (
                <th key={c.name} className={s.head} aria-sort={sort?.column === i ? (sort.down ? 'descending' : 'ascending') : 'none'}>
                  <Button appearance="transparent" size="small" className={s.sort} iconPosition="after" title={`${c.name} (${c.type})`}
                    icon={sort?.column === i ? (sort.down ? <ArrowSortDownRegular /> : <ArrowSortUpRegular />) : undefined}
                    onClick={() => setSort(sort?.column === i ? (sort.down ? undefined : { column: i, down: true }) : { column: i, down: false })}>
                    {plain(c.name)}
                  </Button>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {order.slice(0, shown).map((i) => (
              <tr key={i} className={s.row} tabIndex={0} onClick={() => props.onRow(i)}
                onKeyDown={(e) => { if (e.key === 'Enter') props.onRow(i) }}>
                {columns.map((c, k) => {
                  const raw = cellText(rows[i]![k])
                  return (
                    <td key={c.name} title={c.type === 'datetime' ? `${raw} · ${local(raw)}` : plain(raw)}
                      className={mergeClasses(s.cell, numeric.has(c.type) && s.number, (c.type === 'guid' || c.type === 'dynamic' || code.test(c.name)) && s.mono)}>
                      {c.type === 'datetime' ? moment(raw) : plain(raw)}
                    </td>
                  )
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {order.length > shown && <Button size="small" onClick={() => setShown(shown + page)}>Show {Math.min(page, order.length - shown)} more</Button>}
    </div>
  )
}

function compare(a: Cell, b: Cell): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  return cellText(a).localeCompare(cellText(b), 'en')
}

// quote makes one CSV field. A field that a spreadsheet would run as a formula is prefixed with an apostrophe.
function quote(field: string): string {
  const safe = /^[=+\-@\t\r]/.test(field) && !/^-?\d+(\.\d+)?$/.test(field) ? `'${field}` : field
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

function download(text: string) {
  const a = document.createElement('a')
  a.href = URL.createObjectURL(new Blob(['\ufeff', text], { type: 'text/csv' }))
  a.download = 'sleuth-result.csv'
  a.click()
  URL.revokeObjectURL(a.href)
}
