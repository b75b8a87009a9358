import { Body1, Field, MessageBar, MessageBarBody, Select, Subtitle2, makeStyles } from '@fluentui/react-components'
import { useCallback, useState } from 'react'
import * as api from './manageapi'
import { Facts, Grid, Section, useRead, type Column } from './Settings'
import { grouped, plain } from './text'

const useStyles = makeStyles({
  choices: { display: 'flex', gap: '16px', flexWrap: 'wrap' },
})

// views are the ways to tell use apart: a title, and the parts.
const views: Record<string, { title: string; by: string }> = {
  days: { title: 'Day and person', by: 'day,person' },
  people: { title: 'Person', by: 'person,category' },
  sessions: { title: 'Session', by: 'day,person,session,category' },
  categories: { title: 'Category', by: 'day,category,experience' },
}

const titles: [keyof api.Use, Column][] = [
  ['day', { title: 'Date', kind: 'time' }], ['person', { title: 'Initiated by' }], ['session', { title: 'Session', kind: 'code' }],
  ['category', { title: 'Category' }], ['experience', { title: 'Experience' }],
]

const some = (n: number, one: string, many: string) => `${grouped(n)} ${n === 1 ? one : many}`
const seconds = (n: number) => (n === 0 ? '0 s' : n < 0.1 ? '< 0.1 s' : `${n < 100 ? n.toFixed(1) : grouped(Math.round(n))} s`)
const shown = (r: api.Use, part: keyof api.Use) => (part === 'person' && r.personId === 'local' ? 'a command on this machine' : plain(String(r[part] ?? '')) || 'none')
const limit = (n: number) => (n === 0 ? 'no limit' : grouped(n))

// Usage is what was used, counted from the audit trail: by whom, when and for what.
export function Usage() {
  const s = useStyles()
  const asked = new URLSearchParams(location.search)
  const [days, setDays] = useState(['7', '30', '90'].includes(asked.get('days') ?? '') ? asked.get('days')! : '30')
  const [view, setView] = useState(Object.keys(views).includes(asked.get('by') ?? '') ? asked.get('by')! : 'days')
  const by = (views[view] ?? views.days)!.by
  const read = useCallback(async () => {
    const [shown, today] = await Promise.all([api.usage(Number(days), by), api.usage(1, 'person')])
    return { shown, today, by }
  }, [days, by])
  const { value, trouble } = useRead(read)
  const choose = (d: string, v: string) => {
    history.replaceState(null, '', `/settings/usage?days=${d}&by=${v}`)
    setDays(d)
    setView(v)
  }
  const columns: Column[] = [
    ...titles.filter(([part]) => value?.by.split(',').includes(part)).map(([, c]) => c),
    { title: 'Prompts', kind: 'number' }, { title: 'Queries', kind: 'number' }, { title: 'Query time', kind: 'number' }, { title: 'Skills' },
  ]
  const sum = (part: 'prompts' | 'queries' | 'seconds') => value?.shown.rows.reduce((n, r) => n + r[part], 0) ?? 0
  const b = value?.shown.budgets
  const spent = (r: api.Use) => [
    b && b.prompts > 0 && r.prompts >= b.prompts && 'prompts',
    b && b.queries > 0 && r.queries >= b.queries && 'queries',
    b && b.querySeconds > 0 && r.seconds >= b.querySeconds && 'query seconds',
  ].filter(Boolean).join(', ')
  const out = value?.today.rows.map((r) => ({ r, what: spent(r) })).filter((x) => x.what) ?? []
  return (
    <Section trouble={trouble} ready={!!value}>
      {value && b && (
        <>
          <div>
            <Subtitle2 as="h2" block>A day’s budget of one person</Subtitle2>
            <Facts testid="budgets" of={[['Prompts', limit(b.prompts)], ['Queries', limit(b.queries)], ['Query seconds', limit(b.querySeconds)]]} />
            <Body1 block>An owner sets them under Owner, capacity. A day begins at 00:00Z.</Body1>
          </div>
          {out.length > 0 && (
            <MessageBar intent="warning" layout="multiline">
              <MessageBarBody data-testid="spent">
                Spent today, until 00:00Z: {out.map((x) => `${shown(x.r, 'person')} (${x.what})`).join('; ')}.
              </MessageBarBody>
            </MessageBar>
          )}
          <div className={s.choices}>
            <Field label="Days, today included">
              <Select value={days} onChange={(_, d) => choose(d.value, view)} data-testid="days">
                {['7', '30', '90'].map((d) => <option key={d} value={d}>{d}</option>)}
              </Select>
            </Field>
            <Field label="By">
              <Select value={view} onChange={(_, d) => choose(days, d.value)} data-testid="by">
                {Object.entries(views).map(([id, v]) => <option key={id} value={id}>{v.title}</option>)}
              </Select>
            </Field>
          </div>
          <Body1 data-testid="total">
            {value.shown.rows.length === 0
              ? `Nobody put a prompt or ran a query from ${value.shown.from} to ${value.shown.to}.`
              : `${some(sum('prompts'), 'prompt', 'prompts')} and ${some(sum('queries'), 'query', 'queries')} from ${value.shown.from} to ${value.shown.to}; their queries took ${seconds(sum('seconds'))}.`}
          </Body1>
          {value.shown.rows.length > 0 && (
            <Grid label="Usage" testid="usage" columns={columns} rows={value.shown.rows.slice(0, most).map((r, i) => ({
              key: String(i),
              cells: [
                ...titles.filter(([part]) => value.by.split(',').includes(part)).map(([part]) => shown(r, part)),
                grouped(r.prompts), grouped(r.queries), seconds(r.seconds), r.skills.map(plain).join(', ') || 'none',
              ],
            }))} />
          )}
          {value.shown.rows.length > most && (
            <Body1>{grouped(most)} of {grouped(value.shown.rows.length)} lines are shown, newest first; the sums above use all. sleuth usage gives all of them.</Body1>
          )}
        </>
      )}
    </Section>
  )
}

// most is how many lines are shown.
const most = 500
