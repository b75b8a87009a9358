import { Body1, Button, Caption1, Spinner, Textarea, Title3, makeStyles, tokens } from '@fluentui/react-components'
import { SendRegular, StopRegular } from '@fluentui/react-icons'
import { useCallback, useEffect, useRef, useState } from 'react'
import { AnswerView, type Evidence } from './AnswerView'
import * as api from './api'
import { EvidenceDrawer } from './EvidenceDrawer'
import { moment, plain } from './text'
import type { Answer, Prompt, StepEvent } from './types'

const useStyles = makeStyles({
  row: { flexGrow: 1, minHeight: 0, display: 'flex' },
  column: { flexGrow: 1, minWidth: 0, display: 'flex', flexDirection: 'column' },
  scroll: { flexGrow: 1, overflowY: 'auto', padding: '24px' },
  inner: { maxWidth: '1400px', margin: '0 auto', display: 'flex', flexDirection: 'column', gap: '24px' },
  prompt: { display: 'flex', gap: '12px', alignItems: 'baseline', marginBottom: '8px' },
  said: { fontWeight: tokens.fontWeightSemibold, overflowWrap: 'anywhere' },
  time: { marginLeft: 'auto', color: tokens.colorNeutralForeground2, whiteSpace: 'nowrap' },
  working: { minHeight: '120px', padding: '16px', backgroundColor: tokens.colorNeutralBackground1, borderRadius: tokens.borderRadiusMedium },
  bar: {
    padding: '12px 24px', borderTop: `1px solid ${tokens.colorNeutralStroke2}`, backgroundColor: tokens.colorNeutralBackground1,
    display: 'flex', gap: '12px', alignItems: 'flex-end',
  },
  field: { flexGrow: 1 },
  starters: { display: 'flex', flexDirection: 'column', gap: '8px', alignItems: 'flex-start', marginTop: '12px' },
})

interface Turn {
  key: string
  prompt: string
  at: string
  answer: Answer | null
  events: StepEvent[]
  failure: string
}

const turnOf = (p: Prompt): Turn => ({
  key: p.promptId, prompt: p.prompt, at: p.at, answer: p.answer, events: [],
  failure: p.answer ? '' : 'This prompt has no recorded answer: it was stopped, or the program was.',
})

export function SessionView(props: { id: string; known: boolean; now: string; onAsked: (id: string) => void }) {
  const s = useStyles()
  const { id, onAsked } = props
  const [turns, setTurns] = useState<Turn[]>([])
  const [text, setText] = useState('')
  const [starters, setStarters] = useState<string[]>([])
  const [evidence, setEvidence] = useState<Evidence>()
  const running = useRef<AbortController>(null)
  const [busy, setBusy] = useState(false)
  const end = useRef<HTMLDivElement>(null)
  const field = useRef<HTMLTextAreaElement>(null)

  useEffect(() => {
    let live = true
    if (location.pathname === `/sessions/${id}`) {
      api.session(id).then((x) => live && setTurns((t) => (t.length ? t : (x.prompts ?? []).map(turnOf))), () => undefined)
    }
    api.starters().then((x) => live && setStarters(x.prompts), () => undefined)
    field.current?.focus()
    return () => {
      live = false
      running.current?.abort()
    }
  }, [id])

  const last = turns.length
  useEffect(() => {
    end.current?.scrollIntoView({ block: 'nearest' })
  }, [last, busy])

  const ask = useCallback(async (prompt: string) => {
    if (running.current) return
    const abort = new AbortController()
    running.current = abort
    setBusy(true)
    setText('')
    const key = crypto.randomUUID()
    const change = (f: (t: Turn) => Turn) => setTurns((all) => all.map((t) => (t.key === key ? f(t) : t)))
    setTurns((all) => [...all, { key, prompt, at: new Date().toISOString(), answer: null, events: [], failure: '' }])
    try {
      const answer = await api.ask(id, prompt, (e) => change((t) => ({ ...t, events: [...t.events, e] })), abort.signal)
      change((t) => ({ ...t, answer }))
    } catch (e) {
      const failure = abort.signal.aborted ? 'Stopped.' : (e as Error).message
      change((t) => ({ ...t, failure }))
    } finally {
      running.current = null
      setBusy(false)
      onAsked(id)
      field.current?.focus()
    }
  }, [id, onAsked])

  return (
    <div className={s.row}>
      <div className={s.column}>
        <div className={s.scroll}>
          <div className={s.inner}>
            {turns.length === 0 && (
              <section>
                <Title3 as="h1">What do you want to know?</Title3>
                <Body1 block>Name a user, group, app, device or address, and a time if one matters. Every answer shows its rows and its query.</Body1>
                <div className={s.starters}>
                  {starters.map((q) => <Button key={q} onClick={() => void ask(q)}>{plain(q)}</Button>)}
                </div>
              </section>
            )}
            {turns.map((t, i) => (
              <article key={t.key} aria-label={`Prompt ${i + 1}`} data-testid="turn">
                <div className={s.prompt}>
                  <Body1 className={s.said}>{plain(t.prompt)}</Body1>
                  <Caption1 className={s.time}>{moment(t.at.replace(/(\.\d+)?Z$/, 'Z'))}</Caption1>
                </div>
                {t.answer
                  ? <AnswerView answer={t.answer} now={props.now} onAsk={(q) => void ask(q)} onEvidence={setEvidence} />
                  : t.failure
                    ? <div className={s.working} role="alert">{plain(t.failure)}</div>
                    : (
                      <div className={s.working} aria-live="polite">
                        <Spinner size="tiny" labelPosition="after"
                          label={t.events.length ? plain(t.events.map((e) => e.skill).join(' · ')) : 'Reading the question'} />
                      </div>
                    )}
              </article>
            ))}
            <div ref={end} />
          </div>
        </div>
        <form className={s.bar} onSubmit={(e) => { e.preventDefault(); if (text.trim()) void ask(text.trim()) }}>
          <Textarea id="prompt" ref={field} className={s.field} value={text} resize="none" rows={1}
            aria-label="Ask about a user, sign-in, group, policy or log"
            placeholder={turns.length ? 'Follow up…' : 'Ask about a user, sign-in, group, policy, log…'}
            onChange={(_, d) => setText(d.value)}
            onKeyDown={(e) => {
              if (e.key === 'Enter' && !e.shiftKey && !e.nativeEvent.isComposing) {
                e.preventDefault()
                if (text.trim()) void ask(text.trim())
              }
            }} />
          {busy
            ? <Button icon={<StopRegular />} onClick={() => running.current?.abort()}>Stop</Button>
            : <Button appearance="primary" type="submit" icon={<SendRegular />} disabled={!text.trim()}>Ask</Button>}
        </form>
      </div>
      {evidence && <EvidenceDrawer evidence={evidence} onClose={() => setEvidence(undefined)} />}
    </div>
  )
}
