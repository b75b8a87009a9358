import { Button, Caption1, Subtitle2, Tooltip, makeStyles, tokens } from '@fluentui/react-components'
import { DismissRegular } from '@fluentui/react-icons'
import { useEffect } from 'react'
import type { Evidence } from './AnswerView'
import { cellText, plain } from './text'

const useStyles = makeStyles({
  drawer: {
    width: '420px', flexShrink: 0, overflowY: 'auto', padding: '16px', backgroundColor: tokens.colorNeutralBackground1,
    borderLeft: `1px solid ${tokens.colorNeutralStroke2}`, display: 'flex', flexDirection: 'column', gap: '12px',
    '@media (max-width: 1023px)': { position: 'fixed', right: 0, top: '48px', bottom: 0, boxShadow: tokens.shadow16, zIndex: 2 },
  },
  top: { display: 'flex', alignItems: 'center', justifyContent: 'space-between' },
  pair: { display: 'grid', gridTemplateColumns: '150px 1fr', gap: '4px 12px', overflowWrap: 'anywhere', margin: 0 },
  key: { color: tokens.colorNeutralForeground2 },
  value: { margin: 0, whiteSpace: 'pre-wrap' },
  query: {
    fontFamily: tokens.fontFamilyMonospace, fontSize: tokens.fontSizeBase200, whiteSpace: 'pre-wrap', overflowWrap: 'anywhere',
    backgroundColor: tokens.colorNeutralBackground3, borderRadius: tokens.borderRadiusMedium, padding: '12px',
  },
})

const most = 50

// EvidenceDrawer shows the rows behind a sentence or a grid row, and the query that gave them.
export function EvidenceDrawer({ evidence, onClose }: { evidence: Evidence; onClose: () => void }) {
  const s = useStyles()
  useEffect(() => {
    const on = (e: KeyboardEvent) => { if (e.key === 'Escape') onClose() }
    window.addEventListener('keydown', on)
    return () => window.removeEventListener('keydown', on)
  }, [onClose])
  const { table, rows, step, title } = evidence
  const held = table ? rows.filter((r) => table.rows[r]) : []
  return (
    <aside className={s.drawer} aria-label="Evidence" data-testid="evidence">
      <div className={s.top}>
        <Subtitle2 as="h2">Evidence · {title}</Subtitle2>
        <Tooltip relationship="label" content="Close"><Button appearance="subtle" icon={<DismissRegular />} onClick={onClose} /></Tooltip>
      </div>
      <Caption1>{step.skill}, {held.length === 1 ? `row ${held[0]! + 1}` : `${held.length} rows`}</Caption1>
      {held.slice(0, most).map((r) => (
        <dl key={r} className={s.pair}>
          {table!.columns.map((c, i) => {
            const v = table!.rows[r]![i]
            if (v === null || v === '') return null
            return [
              <dt key={`${c.name}k`} className={s.key}><Caption1>{plain(c.name)}</Caption1></dt>,
              <dd key={`${c.name}v`} className={s.value}><Caption1>{plain(typeof v === 'object' ? JSON.stringify(v, null, 1) : cellText(v))}</Caption1></dd>,
            ]
          })}
        </dl>
      ))}
      {held.length > most && <Caption1>{held.length - most} more rows are in the table.</Caption1>}
      <Caption1 className={s.key}>Query</Caption1>
      <div className={s.query}>{plain(step.query)}</div>
      <Button size="small" onClick={() => void navigator.clipboard.writeText(step.query)}>Copy query</Button>
    </aside>
  )
}
