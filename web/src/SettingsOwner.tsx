import {
  Body1, Button, Caption1, Field, Input, MessageBar, MessageBarActions, MessageBarBody, Radio, RadioGroup, Subtitle2, Textarea, makeStyles, tokens,
} from '@fluentui/react-components'
import { useState } from 'react'
import { Problem } from './api'
import * as api from './manageapi'
import { Ask, Facts, OldNew, Section, useRead } from './Settings'
import { moment, plain } from './text'

const useStyles = makeStyles({
  group: {
    backgroundColor: tokens.colorNeutralBackground1, border: `1px solid ${tokens.colorNeutralStroke2}`, borderRadius: tokens.borderRadiusMedium,
  },
  row: {
    display: 'grid', gridTemplateColumns: 'minmax(0, 1fr) minmax(160px, 260px) 104px', gap: '4px 16px', alignItems: 'start', padding: '12px 16px',
    borderTop: `1px solid ${tokens.colorNeutralStroke3}`,
    '&:first-child': { borderTop: 'none' },
    '@media (max-width: 639px)': { gridTemplateColumns: '1fr' },
  },
  name: { fontFamily: tokens.fontFamilyMonospace, fontSize: tokens.fontSizeBase300, fontWeight: tokens.fontWeightSemibold },
  quiet: { color: tokens.colorNeutralForeground2 },
  value: { fontFamily: tokens.fontFamilyMonospace, fontSize: tokens.fontSizeBase200, whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' },
  form: { display: 'flex', flexDirection: 'column', gap: '12px', paddingTop: '8px' },
})

// shown is a value for people: nothing is said to be nothing.
const shown = (v: string) => (v === '' ? '(nothing)' : plain2(v))
const plain2 = (v: string) => v.split('\n').map(plain).join('\n')

// Owner is every setting: what it is, what it may be, who changed it last.
export function Owner() {
  const s = useStyles()
  const { value, trouble, again } = useRead(api.settings)
  const [changing, setChanging] = useState<api.Setting>()
  const groups = [...new Set(value?.settings.map((x) => x.group))].sort()
  return (
    <Section trouble={trouble} ready={!!value}>
      {groups.map((g) => (
        <section key={g} aria-label={g}>
          <Subtitle2 as="h2" block style={{ paddingBottom: 8 }}>{g}</Subtitle2>
          <div className={s.group}>
            {value!.settings.filter((x) => x.group === g).map((x) => (
              <div key={x.name} className={s.row} data-setting={x.name}>
                <div>
                  <span className={s.name}>{x.name}</span>
                  <Body1 block>{x.doc}</Body1>
                  <Caption1 block className={s.quiet}>
                    {x.changedAt ? `Changed by ${plain(x.changedByName ?? x.changedBy ?? '')}, ${moment(x.changedAt)}` : 'The default'}
                    {x.atStart && ' · a change holds from the next start on'}
                  </Caption1>
                </div>
                <div>
                  <span className={s.value} data-testid="value">{shown(x.value)}</span>
                  {x.value !== x.default && <Caption1 block className={s.quiet}>Default: {shown(x.default)}</Caption1>}
                  {x.flag && (
                    <Caption1 block data-testid="flag">While this server runs, its flag {x.flag} decides: {shown(x.inForce ?? '')}</Caption1>
                  )}
                </div>
                <div><Button onClick={() => setChanging(x)} aria-label={`Change ${x.name}`} data-testid="change-setting">Change…</Button></div>
              </div>
            ))}
          </div>
        </section>
      ))}
      {changing && (
        <Change setting={changing} onClose={() => { setChanging(undefined); void again() }} onDone={async () => { setChanging(undefined); await again() }} />
      )}
    </Section>
  )
}

// Change shows old and new before it saves. Where somebody else changed the setting meanwhile, it shows all three, and saves nothing.
function Change(props: { setting: api.Setting; onClose: () => void; onDone: () => Promise<void> }) {
  const s = useStyles()
  const [base, setBase] = useState(props.setting) // as it was seen
  const [text, setText] = useState(props.setting.value)
  const [theirs, setTheirs] = useState<api.Setting>()
  const save = async (act: () => Promise<api.Setting>) => {
    try {
      await act()
    } catch (e) {
      const current = e instanceof Problem && e.code === 'changed' ? (e.body as { current?: api.Setting }).current : undefined
      if (!current) throw e
      setTheirs(current)
      return
    }
    await props.onDone()
  }
  const same = text.trim() === base.value
  const choices = base.type === 'bool' ? ['true', 'false'] : base.choices
  return (
    <Ask title={`Change ${base.name}`} act="Save" ready={!same && !theirs} onClose={props.onClose} onAct={() => save(() => (
      text === base.default ? api.unsetSetting(base.name, base.value) : api.setSetting(base.name, base.value, text)
    ))}>
      <div className={s.form}>
        {theirs && (
          <MessageBar intent="warning" layout="multiline" role="alert">
            <MessageBarBody data-testid="conflict">
              Changed meanwhile{theirs.changedAt ? ` by ${plain(theirs.changedByName ?? '')}, ${moment(theirs.changedAt)}` : ', back to the default'}. Nothing was saved.
              <Facts of={[['You saw', shown(base.value)], ['It is now', shown(theirs.value)], ['You wanted', shown(text)]]} />
            </MessageBarBody>
            <MessageBarActions>
              <Button onClick={props.onClose}>Leave it</Button>
              <Button data-testid="change-anyway" onClick={() => { setBase(theirs); setTheirs(undefined) }}>Change it from there…</Button>
            </MessageBarActions>
          </MessageBar>
        )}
        {choices
          ? (
            <RadioGroup value={text} onChange={(_, d) => setText(d.value)} aria-label={base.name}>
              {choices.map((c) => <Radio key={c} value={c} label={c} data-choice={c} />)}
            </RadioGroup>
          )
          : (
            <Field label="New value" hint={base.allowed}>
              {base.type === 'list'
                ? <Textarea id="new-value" rows={5} resize="vertical" value={text} onChange={(_, d) => setText(d.value)} />
                : <Input id="new-value" value={text} onChange={(_, d) => setText(d.value)} />}
            </Field>
          )}
        <OldNew old={shown(base.value)} now={same ? 'as it is' : shown(text)} />
        {base.value !== base.default && !theirs && (
          <div><Button onClick={() => setText(base.default)} data-testid="use-default">Use the default: {shown(base.default)}</Button></div>
        )}
      </div>
    </Ask>
  )
}
