import { Body1, Button, Field, Input, MessageBar, MessageBarBody, makeStyles } from '@fluentui/react-components'
import { useState } from 'react'
import * as api from './manageapi'
import { Ask, Grid, OldNew, Section, useRead, type Column } from './Settings'
import { grouped, moment, plain } from './text'

const useStyles = makeStyles({ form: { display: 'flex', flexDirection: 'column', gap: '12px', paddingTop: '8px' } })

const days = (n: number) => (n === 1 ? '1 day' : `${grouped(n)} days`)
const kept = (d: number, archive: number) => (d === 0 ? 'without an end' : archive === 0 ? `${days(d)}, then deleted` : `${days(d)}, then ${days(archive)} in the archive, then deleted`)

const columns: Column[] = [
  { title: 'Table' }, { title: 'Rows', kind: 'number' }, { title: 'First event', kind: 'time' }, { title: 'Last event', kind: 'time' }, { title: 'Kept' },
  { title: 'Actions', kind: 'act' },
]

// loses says whether a table holds events that are older than n days.
const loses = (t: api.Kept, n: number) => !!t.firstEvent && n > 0 && Date.parse(t.firstEvent) < Date.now() - n * 86_400_000

// Retention is how long the rows of each table are kept.
export function Retention() {
  const { value, trouble, again } = useRead(api.retention)
  const [changing, setChanging] = useState<api.Kept>()
  return (
    <Section trouble={trouble} ready={!!value}>
      <Body1>What is older than the retention of its table is deleted, or moved to the archive, once an hour while the server runs. What is deleted is gone.</Body1>
      {value?.tables.length === 0 && <Body1>No table holds events yet: sleuth import brings them in.</Body1>}
      {!!value?.tables.length && (
        <Grid label="Retention" testid="retention" columns={columns} rows={value.tables.map((t) => ({
          key: t.table, mark: { 'data-table': t.table },
          cells: [
            plain(t.table), grouped(t.rows), t.firstEvent ? moment(t.firstEvent) : 'none', t.lastEvent ? moment(t.lastEvent) : 'none', kept(t.days, t.archiveDays),
            <Button size="small" onClick={() => setChanging(t)} aria-label={`Change the retention of ${t.table}`} data-testid="change-retention">Change…</Button>,
          ],
        }))} />
      )}
      {changing && <Change table={changing} onClose={() => setChanging(undefined)} onDone={async () => { setChanging(undefined); await again() }} />}
    </Section>
  )
}

function Change({ table, onClose, onDone }: { table: api.Kept; onClose: () => void; onDone: () => Promise<void> }) {
  const s = useStyles()
  const [d, setD] = useState(String(table.days))
  const [archive, setArchive] = useState(String(table.archiveDays))
  const whole = /^\d{1,4}$/.test(d) && /^\d{1,4}$/.test(archive)
  const same = Number(d) === table.days && Number(archive) === table.archiveDays
  return (
    <Ask title={`Retention of ${table.table}`} act="Save" ready={whole && !same} onClose={onClose}
      onAct={async () => { await api.setRetention(table.table, Number(d), Number(archive)); await onDone() }}>
      <div className={s.form}>
        <Field label="Days" hint="0 keeps without an end"><Input id="days" inputMode="numeric" value={d} onChange={(_, x) => setD(x.value)} /></Field>
        <Field label="Further days in the archive" hint="0 deletes"><Input id="archive-days" inputMode="numeric" value={archive} onChange={(_, x) => setArchive(x.value)} /></Field>
        <OldNew old={kept(table.days, table.archiveDays)} now={!whole ? 'not whole numbers' : same ? 'as it is' : kept(Number(d), Number(archive))} />
        {whole && !same && Number(d) > 0 && loses(table, Number(d) + Number(archive)) && (
          <MessageBar intent="warning" layout="multiline">
            <MessageBarBody data-testid="loses">
              {table.table} holds events since {moment(table.firstEvent!)}. Within an hour of saving, what is older than {days(Number(d) + Number(archive))} is
              deleted, and nothing brings it back.
            </MessageBarBody>
          </MessageBar>
        )}
      </div>
    </Ask>
  )
}
