import {
  Accordion, AccordionHeader, AccordionItem, AccordionPanel, Badge, Body1, Button, Caption1, Link, MessageBar, MessageBarBody,
  makeStyles, tokens,
} from '@fluentui/react-components'
import { InfoRegular, WarningRegular } from '@fluentui/react-icons'
import { PlanView } from './PlanView'
import { ResultGrid } from './ResultGrid'
import { chrome, grouped, plain, sentences } from './text'
import type { Answer, Coverage, Outcome, Step, Table } from './types'

// Evidence is what the drawer shows: rows of a step's table, with the query that made them.
export interface Evidence {
  title: string
  step: Step
  table?: Table
  rows: number[]
}

const useStyles = makeStyles({
  card: {
    backgroundColor: tokens.colorNeutralBackground1, border: `1px solid ${tokens.colorNeutralStroke2}`,
    borderRadius: tokens.borderRadiusMedium, padding: '16px', display: 'flex', flexDirection: 'column', gap: '12px', minWidth: 0,
  },
  text: { margin: 0, overflowWrap: 'anywhere', whiteSpace: 'pre-wrap', maxWidth: '110ch' },
  cite: { marginLeft: '2px', marginRight: '4px', fontSize: tokens.fontSizeBase200 },
  coverage: { display: 'flex', flexDirection: 'column', gap: '4px', color: tokens.colorNeutralForeground2 },
  line: { display: 'flex', gap: '8px', alignItems: 'flex-start' },
  missing: { color: tokens.colorStatusWarningForeground1 },
  query: {
    fontFamily: tokens.fontFamilyMonospace, fontSize: tokens.fontSizeBase200, whiteSpace: 'pre-wrap', overflowWrap: 'anywhere',
    backgroundColor: tokens.colorNeutralBackground3, borderRadius: tokens.borderRadiusMedium, padding: '12px', margin: '8px 0',
  },
  inputs: { fontFamily: tokens.fontFamilyMonospace, fontSize: tokens.fontSizeBase200, overflowWrap: 'anywhere' },
  next: { display: 'flex', flexWrap: 'wrap', gap: '8px' },
})

const notices: Partial<Record<Outcome, { label: string; intent: 'info' | 'warning' | 'error' }>> = {
  not_found: { label: 'Not found', intent: 'warning' },
  ambiguous: { label: 'Which one?', intent: 'warning' },
  unsupported: { label: 'Cannot be answered', intent: 'info' },
  needs_confirmation: { label: 'Needs confirmation: nothing was done', intent: 'warning' },
  refused: { label: 'Refused', intent: 'warning' },
  error: { label: 'Something broke', intent: 'error' },
}

export function AnswerView(props: {
  answer: Answer; now: string; onAsk: (q: string) => void; onEvidence: (e: Evidence) => void
}) {
  const s = useStyles()
  const { answer } = props
  const steps = answer.steps ?? []
  const notice = notices[answer.outcome]
  const plans = answer.action ? [answer.action, ...(answer.furtherActions ?? [])] : []
  const lastStep = steps[steps.length - 1]
  const open = (n: number, rows: number[], title: string) => {
    const step = steps[n]
    if (step) props.onEvidence({ title, step, table: step.table ?? (n === steps.length - 1 ? answer.table : undefined), rows })
  }
  return (
    <div className={s.card} data-testid="answer" data-outcome={answer.outcome}>
      {notice && <MessageBar intent={notice.intent}><MessageBarBody>{notice.label}</MessageBarBody></MessageBar>}
      <Body1 className={s.text} as="p" block>
        {(answer.sentences ?? sentences(answer.text)).map((sentence, i) => (
          <span key={i}>
            {i > 0 && ' '}{plain(sentence)}
            {(answer.citations ?? []).filter((c) => c.sentence === i).map((c, k) => (
              <Link key={k} as="button" className={s.cite} onClick={() => open(c.step, c.rows, `Sentence ${i + 1}`)}
                aria-label={`Evidence of sentence ${i + 1}: ${c.rows.length} rows`}>[{c.rows.length}]</Link>
            ))}
          </span>
        ))}
      </Body1>
      {plans.length > 0 && <PlanView plans={plans} />}
      {(answer.coverage ?? []).length > 0 && (
        <div className={s.coverage} data-testid="coverage">
          {answer.coverage!.map((c) => <CoverageLine key={c.table} c={c} now={props.now} />)}
        </div>
      )}
      {answer.table && answer.table.columns.length > 0 && (
        <ResultGrid table={answer.table} onRow={(row) => lastStep && open(steps.length - 1, [row], `Row ${row + 1}`)} />
      )}
      {steps.length > 0 && (
        <Accordion collapsible multiple>
          {steps.map((step, i) => (
            <AccordionItem key={i} value={i}>
              <AccordionHeader size="small" data-testid="step">
                {step.skill}&nbsp;
                <Caption1>{answer.outcome === 'needs_confirmation' ? 'not run' : `${grouped(step.rows)} ${step.rows === 1 ? 'row' : 'rows'} · ${step.elapsedMs.toFixed(1)} ms`}</Caption1>
              </AccordionHeader>
              <AccordionPanel>
                <div className={s.inputs}>
                  {Object.entries(step.inputs).map(([k, v]) => <div key={k}>{k} = {plain(typeof v === 'string' ? v : JSON.stringify(v))}</div>)}
                </div>
                {step.query && <div className={s.query} data-testid="query">{plain(step.query)}</div>}
                {step.query && <Button size="small" onClick={() => void navigator.clipboard.writeText(step.query)}>Copy query</Button>}
              </AccordionPanel>
            </AccordionItem>
          ))}
        </Accordion>
      )}
      {(answer.suggestions ?? []).length > 0 && (
        <div className={s.next} data-testid="suggestions">
          {answer.suggestions!.map((q) => <Button key={q} size="small" onClick={() => props.onAsk(q)}>{plain(q)}</Button>)}
        </div>
      )}
    </div>
  )
}

function CoverageLine({ c, now }: { c: Coverage; now: string }) {
  const s = useStyles()
  const missing = c.missing ?? []
  const span = c.from || c.to ? `${chrome(c.from, now) || 'start'} – ${chrome(c.to, now) || 'now'}` : missing.length ? '' : 'as imported'
  return (
    <div className={s.line}>
      {missing.length ? <WarningRegular className={s.missing} aria-label="incomplete" /> : <InfoRegular aria-hidden />}
      <Caption1>
        {[c.table, span, c.lastEvent && `last event ${chrome(c.lastEvent, now)}`, c.rowCap ? `at most ${c.rowCap} rows` : '', c.latency && `a record takes ${c.latency}`]
          .filter(Boolean).join(' · ')}
        {missing.map((m) => <span key={m} className={s.missing}> · {plain(m)}</span>)}
        {c.source && c.source !== 'imported' && <> <Badge size="small" appearance="outline">{c.source}</Badge></>}
      </Caption1>
    </div>
  )
}
