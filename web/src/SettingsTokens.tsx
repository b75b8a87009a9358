import { Body1, Button, Caption1, Checkbox, Field, Input, SpinButton, Subtitle2, makeStyles, tokens } from '@fluentui/react-components'
import { AddRegular } from '@fluentui/react-icons'
import { useCallback, useState } from 'react'
import type { Who } from './api'
import * as api from './manageapi'
import { Ask, Grid, Once, Section, useRead, type Column } from './Settings'
import { moment, plain } from './text'

const useStyles = makeStyles({
  form: { display: 'flex', flexDirection: 'column', gap: '12px', paddingTop: '8px' },
  scopes: { display: 'flex', flexDirection: 'column' },
  quiet: { color: tokens.colorNeutralForeground2 },
})

const columns: Column[] = [
  { title: 'For' }, { title: 'Permissions' }, { title: 'Made', kind: 'time' }, { title: 'Expires', kind: 'time' }, { title: 'Last used', kind: 'time' },
  { title: 'ID', kind: 'code' }, { title: 'Actions', kind: 'act' },
]

// Tokens are one's own API tokens, and for who manages them those of everybody.
export function Tokens({ me }: { me: Who }) {
  const person = me.by !== 'start' // the start token is nobody's account
  const manages = me.principal!.permissions.includes('manage')
  const read = useCallback(async () => ({
    own: person ? (await api.ownTokens()).tokens : [],
    all: manages ? (await api.allTokens()).tokens : [],
    permissions: (await api.roles()).permissions.filter((p) => me.principal!.permissions.includes(p.name)),
  }), [me, person, manages])
  const { value, trouble, again } = useRead(read)
  const [making, setMaking] = useState(false)
  const [made, setMade] = useState<{ token: string; about: api.Token }>()
  const [ending, setEnding] = useState<{ token: api.Token; own: boolean }>()
  return (
    <Section trouble={trouble} ready={!!value}>
      <Body1>With an API token a program works in your name: it may do what both the token and your roles allow.</Body1>
      {person
        ? <div><Button icon={<AddRegular />} onClick={() => setMaking(true)} disabled={!value?.permissions.length} data-testid="add-token">Make a token…</Button></div>
        : <Body1>You are here by the start token, which is no account: API tokens are of people.</Body1>}
      {person && value && <List title="Yours" testid="own-tokens" list={value.own} onEnd={(token) => setEnding({ token, own: true })}
        empty="You have no API token." />}
      {manages && value && <List title="Everybody’s" testid="all-tokens" of list={value.all} onEnd={(token) => setEnding({ token, own: false })}
        empty="Nobody has an API token." />}
      {making && value && (
        <Make permissions={value.permissions} onClose={() => setMaking(false)} onDone={async (m) => { setMaking(false); setMade(m); await again() }} />
      )}
      {made && (
        <Once title={`Token for ${plain(made.about.name)}`} text={made.token} onClose={() => setMade(undefined)}>
          This is shown only here, and not kept. Programs send it as bearer token. It works until {moment(made.about.expiresAt)}.
        </Once>
      )}
      {ending && (
        <Ask title={`Remove the token for ${plain(ending.token.name)}`} act="Remove" onClose={() => setEnding(undefined)} onAct={async () => {
          await (ending.own ? api.removeOwnToken(ending.token.id) : api.removeToken(ending.token.id))
          setEnding(undefined)
          await again()
        }}>
          <Body1>Programs that send it are refused at once. It cannot be brought back.</Body1>
        </Ask>
      )}
    </Section>
  )
}

function List(props: { title: string; testid: string; list: api.Token[]; of?: boolean; empty: string; onEnd: (t: api.Token) => void }) {
  return (
    <>
      <Subtitle2 as="h2">{props.title}</Subtitle2>
      {props.list.length === 0
        ? <Body1>{props.empty}</Body1>
        : (
          <Grid label={props.title} testid={props.testid} columns={props.of ? [{ title: 'Of' }, ...columns] : columns} rows={props.list.map((t) => ({
            key: t.id,
            cells: [
              ...(props.of ? [plain(t.upn)] : []),
              plain(t.name),
              t.scopes.join(', '),
              moment(t.createdAt),
              `${moment(t.expiresAt)}${Date.parse(t.expiresAt) <= Date.now() ? ' (expired)' : ''}`,
              t.lastUsedAt ? moment(t.lastUsedAt) : 'never',
              <span>{t.id}</span>,
              <Button size="small" onClick={() => props.onEnd(t)} aria-label={`Remove the token for ${plain(t.name)}`} data-testid="remove-token">Remove…</Button>,
            ],
          }))} />
        )}
    </>
  )
}

function Make(props: { permissions: api.Permission[]; onClose: () => void; onDone: (m: { token: string; about: api.Token }) => Promise<void> }) {
  const s = useStyles()
  const [name, setName] = useState('')
  const [days, setDays] = useState(90)
  const [scopes, setScopes] = useState(props.permissions.some((p) => p.name === 'read') ? ['read'] : [])
  return (
    <Ask title="Make a token" act="Make the token" ready={!!name.trim() && scopes.length > 0 && days >= 1 && days <= 366} onClose={props.onClose}
      onAct={async () => props.onDone(await api.addToken(name, scopes, days))}>
      <div className={s.form}>
        <Field label="What it is for" required><Input id="token-for" value={name} onChange={(_, d) => setName(d.value)} placeholder="dashboards" /></Field>
        <Field label="Days until it stops working" hint="1 to 366">
          <SpinButton min={1} max={366} value={days} onChange={(_, d) => setDays(d.value ?? Number(d.displayValue ?? NaN))} />
        </Field>
        <div className={s.scopes} role="group" aria-label="Permissions">
          {props.permissions.map((p) => (
            <Checkbox key={p.name} checked={scopes.includes(p.name)} data-scope={p.name} label={<>{p.name}<Caption1 block className={s.quiet}>{p.does}</Caption1></>}
              onChange={(_, d) => setScopes(d.checked ? [...scopes, p.name] : scopes.filter((x) => x !== p.name))} />
          ))}
        </div>
      </div>
    </Ask>
  )
}
