import {
  Badge, Body1, Button, Caption1, Checkbox, Field, Input, Menu, MenuItem, MenuList, MenuPopover, MenuTrigger, makeStyles, tokens,
} from '@fluentui/react-components'
import { AddRegular, MoreHorizontalRegular } from '@fluentui/react-icons'
import { useState } from 'react'
import type { Who } from './api'
import * as api from './manageapi'
import { Ask, Grid, Once, Section, useRead } from './Settings'
import { moment, plain } from './text'

const useStyles = makeStyles({
  form: { display: 'flex', flexDirection: 'column', gap: '12px', paddingTop: '8px' },
  roles: { display: 'flex', flexDirection: 'column' },
  quiet: { color: tokens.colorNeutralForeground2 },
})

const states = {
  enabled: { word: 'Enabled', color: 'success' }, disabled: { word: 'Disabled', color: 'danger' }, invited: { word: 'Not signed in yet', color: 'informative' },
} as const

type Doing = { what: 'roles' | 'disable' | 'enable' | 'remove' | 'link' | 'sessions'; who: api.Person } | { what: 'add' }

const read = async () => {
  const [p, r] = await Promise.all([api.people(), api.roles()])
  return { people: p.people, roles: r.roles }
}

// People is who may sign in, and what each may do.
export function People({ me }: { me: Who }) {
  const s = useStyles()
  const { value, trouble, again } = useRead(read)
  const [doing, setDoing] = useState<Doing>()
  const [link, setLink] = useState<{ upn: string; link: string; hours: number }>()
  const done = async () => {
    setDoing(undefined)
    await again()
  }
  return (
    <Section trouble={trouble} ready={!!value}>
      <div><Button icon={<AddRegular />} onClick={() => setDoing({ what: 'add' })} data-testid="add-person">Add somebody…</Button></div>
      {value?.people.length === 0 && (
        <Body1>Nobody has an account. The first one is made by the link that sleuth serve printed at its start, or here.</Body1>
      )}
      {!!value?.people.length && (
        <Grid label="People" testid="people" head={<><th>Name</th><th>Roles</th><th>Signs in by</th><th>Last sign-in</th><th className="number">Sessions</th><th>State</th><th aria-label="Actions" /></>}>
          {value.people.map((p) => (
            <tr key={p.id} data-upn={p.upn}>
              <td>{plain(p.name)}{p.name !== p.upn && <Caption1 block className={s.quiet}>{plain(p.upn)}</Caption1>}</td>
              <td>{p.roles.join(', ')}</td>
              <td>{p.signsIn.length ? p.signsIn.map(plain).join(', ') : <span className={s.quiet}>the link, not used yet</span>}</td>
              <td>{p.lastSignIn ? <>{moment(p.lastSignIn)}<Caption1 block className={s.quiet}>by {plain(p.lastMethod ?? '')}</Caption1></> : 'never'}</td>
              <td className="number">{p.sessions}</td>
              <td><Badge appearance="tint" color={states[p.state].color}>{states[p.state].word}</Badge></td>
              <td>
                <Menu>
                  <MenuTrigger disableButtonEnhancement>
                    <Button appearance="subtle" icon={<MoreHorizontalRegular />} aria-label={`Change ${plain(p.upn)}`} data-testid="change-person" />
                  </MenuTrigger>
                  <MenuPopover>
                    <MenuList>
                      <MenuItem data-testid="do-roles" onClick={() => setDoing({ what: 'roles', who: p })}>Change roles…</MenuItem>
                      <MenuItem data-testid="do-link" disabled={p.state === 'disabled'} onClick={() => setDoing({ what: 'link', who: p })}>New one-time link…</MenuItem>
                      <MenuItem data-testid="do-sessions" disabled={p.sessions === 0} onClick={() => setDoing({ what: 'sessions', who: p })}>End sessions…</MenuItem>
                      {p.state === 'disabled'
                        ? <MenuItem data-testid="do-enable" onClick={() => setDoing({ what: 'enable', who: p })}>Enable…</MenuItem>
                        : <MenuItem data-testid="do-disable" onClick={() => setDoing({ what: 'disable', who: p })}>Disable…</MenuItem>}
                      <MenuItem data-testid="do-remove" onClick={() => setDoing({ what: 'remove', who: p })}>Remove…</MenuItem>
                    </MenuList>
                  </MenuPopover>
                </Menu>
              </td>
            </tr>
          ))}
        </Grid>
      )}
      {doing?.what === 'add' && value && (
        <Add roles={value.roles} onClose={() => setDoing(undefined)} onDone={async (upn, l) => { setLink({ upn, ...l }); await done() }} />
      )}
      {doing && doing.what === 'roles' && value && (
        <Roles who={doing.who} roles={value.roles} onClose={() => setDoing(undefined)} onDone={done} />
      )}
      {doing && doing.what !== 'add' && doing.what !== 'roles' && (
        <Simple what={doing.what} who={doing.who} self={doing.who.id === me.principal?.id} onClose={() => setDoing(undefined)} onDone={async (l) => {
          if (l) setLink({ upn: doing.who.upn, ...l })
          await done()
        }} />
      )}
      {link && (
        <Once title="One-time link" text={location.origin + link.link} onClose={() => setLink(undefined)}>
          Give it to {plain(link.upn)}: with it they choose their password. It works once, within {link.hours} hours, and is shown only here.
        </Once>
      )}
    </Section>
  )
}

function RolePicker(props: { roles: api.Role[]; value: string[]; onChange: (v: string[]) => void }) {
  const s = useStyles()
  return (
    <div className={s.roles} role="group" aria-label="Roles">
      {props.roles.map((r) => (
        <Checkbox key={r.name} checked={props.value.includes(r.name)} data-role={r.name} label={<>{r.name}<Caption1 block className={s.quiet}>{r.for}</Caption1></>}
          onChange={(_, d) => props.onChange(d.checked ? [...props.value, r.name] : props.value.filter((x) => x !== r.name))} />
      ))}
    </div>
  )
}

function Add(props: { roles: api.Role[]; onClose: () => void; onDone: (upn: string, l: api.Link) => Promise<void> }) {
  const s = useStyles()
  const [upn, setUPN] = useState('')
  const [name, setName] = useState('')
  const [list, setList] = useState(['Security Reader'])
  return (
    <Ask title="Add somebody" act="Add" ready={!!upn && list.length > 0} onClose={props.onClose}
      onAct={async () => props.onDone(upn, await api.addPerson(upn, name, list))}>
      <div className={s.form}>
        <Field label="Name to sign in with" required><Input id="new-upn" value={upn} onChange={(_, d) => setUPN(d.value)} placeholder="ada@example.com" /></Field>
        <Field label="Display name" hint="Empty: the name to sign in with"><Input id="new-name" value={name} onChange={(_, d) => setName(d.value)} /></Field>
        <RolePicker roles={props.roles} value={list} onChange={setList} />
      </div>
    </Ask>
  )
}

function Roles(props: { who: api.Person; roles: api.Role[]; onClose: () => void; onDone: () => Promise<void> }) {
  const [list, setList] = useState(props.who.roles)
  const changed = list.length !== props.who.roles.length || list.some((x) => !props.who.roles.includes(x))
  return (
    <Ask title={`Roles of ${plain(props.who.upn)}`} act="Change roles" ready={changed && list.length > 0} onClose={props.onClose}
      onAct={async () => { await api.setRoles(props.who.id, list); await props.onDone() }}>
      <RolePicker roles={props.roles} value={list} onChange={setList} />
      <Body1 block data-testid="old-new">Now: {props.who.roles.join(', ') || 'none'}. Then: {list.join(', ') || 'none'}. Their sign-in sessions end.</Body1>
    </Ask>
  )
}

function Simple(props: {
  what: 'disable' | 'enable' | 'remove' | 'link' | 'sessions'; who: api.Person; self: boolean; onClose: () => void; onDone: (l?: api.Link) => Promise<void>
}) {
  const upn = plain(props.who.upn)
  const [title, act, says] = {
    disable: [`Disable ${upn}`, 'Disable', 'Their sign-in sessions end, and their API tokens stop working, until they are enabled again.'],
    enable: [`Enable ${upn}`, 'Enable', 'They may sign in again, and their API tokens work again.'],
    remove: [`Remove ${upn}`, 'Remove', 'Their sign-in sessions and API tokens end. What they did stays on record. This cannot be undone: they can only be added anew.'],
    link: [`New link for ${upn}`, 'Make the link', 'With it they choose a new password, once. Links that were made for them before end; their sessions end when it is used.'],
    sessions: [`End the sessions of ${upn}`, 'End sessions', `${props.who.sessions} end at once. They may sign in again.${props.self ? ' This is you: you will be asked to sign in.' : ''}`],
  }[props.what] as [string, string, string]
  return (
    <Ask title={title} act={act} onClose={props.onClose} onAct={async () => {
      const id = props.who.id
      switch (props.what) {
        case 'disable': await api.setDisabled(id, true); break
        case 'enable': await api.setDisabled(id, false); break
        case 'remove': await api.removePerson(id); break
        case 'sessions': await api.endSessions(id); break
        case 'link': return props.onDone(await api.newLink(id))
      }
      await props.onDone()
    }}>
      <Body1>{says}</Body1>
    </Ask>
  )
}
