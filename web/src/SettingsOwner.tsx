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
  acts: { display: 'flex', flexDirection: 'column', gap: '8px', alignItems: 'flex-start' },
  notice: { marginBottom: '8px' },
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
  const [secret, setSecret] = useState<{ of: api.Secret; remove: boolean }>()
  const groups = [...new Set(value?.settings.map((x) => x.group))].sort()
  return (
    <Section trouble={trouble} ready={!!value}>
      {groups.map((g) => (
        <section key={g} aria-label={g}>
          <Subtitle2 as="h2" block style={{ paddingBottom: 8 }}>{g}</Subtitle2>
          {value!.missing && value!.settings.some((x) => x.name === 'oidc.issuer' && x.group === g) && (
            <MessageBar intent="warning" layout="multiline" className={s.notice}>
              <MessageBarBody data-testid="missing">Nobody can sign in by the provider of oidc.issuer: {value!.missing.join(', ')} is not set.</MessageBarBody>
            </MessageBar>
          )}
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
            {value!.secrets.filter((x) => x.group === g).map((x) => (
              <div key={x.name} className={s.row} data-setting={x.name}>
                <div>
                  <span className={s.name}>{x.name}</span>
                  <Body1 block>{x.doc}</Body1>
                  <Caption1 block className={s.quiet}>A secret: kept sealed, never shown{x.atStart && ' · a change holds from the next start on'}</Caption1>
                </div>
                <div>
                  <span data-testid="value">{x.set ? 'Set, not shown' : 'Not set'}</span>
                  {x.flag && <Caption1 block data-testid="flag">While this server runs, its flag {x.flag} decides.</Caption1>}
                </div>
                <div className={s.acts}>
                  <Button onClick={() => setSecret({ of: x, remove: false })} aria-label={`${x.set ? 'Replace' : 'Set'} ${x.name}`} data-testid="set-secret">
                    {x.set ? 'Replace…' : 'Set…'}
                  </Button>
                  {x.set && <Button onClick={() => setSecret({ of: x, remove: true })} aria-label={`Remove ${x.name}`} data-testid="remove-secret">Remove…</Button>}
                </div>
              </div>
            ))}
          </div>
        </section>
      ))}
      {secret && <ChangeSecret {...secret} onClose={() => setSecret(undefined)} onDone={async () => { setSecret(undefined); await again() }} />}
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

// ChangeSecret takes a secret, which the page forgets once it is sent, or removes one.
function ChangeSecret(props: { of: api.Secret; remove: boolean; onClose: () => void; onDone: () => Promise<void> }) {
  const [text, setText] = useState('')
  const { name, set, atStart } = props.of
  const act = async () => {
    await (props.remove ? api.removeSecret(name) : api.setSecret(name, text))
    setText('')
    await props.onDone()
  }
  return (
    <Ask title={`${props.remove ? 'Remove' : set ? 'Replace' : 'Set'} ${name}`} act={props.remove ? 'Remove' : 'Save'} ready={props.remove || text !== ''}
      onClose={props.onClose} onAct={act}>
      {props.remove
        ? <Body1>It is deleted. What needs it stops working{atStart ? ' from the next start on' : ''}, until it is set again.</Body1>
        : (
          <Field label="Secret" required hint={`Kept sealed, and never shown again.${set ? ' The one before is replaced.' : ''}`}>
            <Input id="new-secret" type="password" autoComplete="off" value={text} onChange={(_, d) => setText(d.value)} />
          </Field>
        )}
    </Ask>
  )
}
