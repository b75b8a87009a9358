import {
  Body1, Button, Caption1, Checkbox, Field, Input, Menu, MenuItem, MenuList, MenuPopover, MenuTrigger, makeStyles, tokens,
} from '@fluentui/react-components'
import { AddRegular, CheckmarkCircleRegular, ChevronDownRegular, ClockRegular, ProhibitedRegular } from '@fluentui/react-icons'
import { useState } from 'react'
import type { Who } from './api'
import * as api from './manageapi'
import { Ask, Grid, OldNew, Once, Section, useRead, type Column } from './Settings'
import { moment, plain, worded } from './text'

const useStyles = makeStyles({
  form: { display: 'flex', flexDirection: 'column', gap: '12px', paddingTop: '8px' },
  roles: { display: 'flex', flexDirection: 'column' },
  state: { display: 'inline-flex', gap: '6px', alignItems: 'center', whiteSpace: 'nowrap' },
  quiet: { color: tokens.colorNeutralForeground2 },
})

const columns: Column[] = [
  { title: 'Name' }, { title: 'Roles' }, { title: 'Signs in by' }, { title: 'Last sign-in', kind: 'time' }, { title: 'Sessions', kind: 'number' },
  { title: 'State' }, { title: 'Actions', kind: 'act' },
]

type What = 'roles' | 'disable' | 'enable' | 'remove' | 'link' | 'sessions'
type Doing = { what: What; who: api.Person } | { what: 'add' }

const you = 'This is you: you will be asked to sign in.'

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
        <Grid label="People" testid="people" columns={columns} rows={value.people.map((p) => ({
          key: p.id, mark: { 'data-upn': p.upn },
          cells: [
            <div>{plain(p.name)}{p.name !== p.upn && <Caption1 block className={s.quiet}>{plain(p.upn)}</Caption1>}</div>,
            p.roles.join(', ') || 'none',
            p.signsIn.map(plain).join(', ') || 'the link, not used yet',
            p.lastSignIn ? <div>{moment(p.lastSignIn)}<Caption1 block className={s.quiet}>by {worded(p.lastMethod ?? '')}</Caption1></div> : 'never',
            String(p.sessions),
            <State of={p.state} />,
            <Actions who={p} onDo={(what) => setDoing({ what, who: p })} />,
          ],
        }))} />
      )}
      {doing?.what === 'add' && value && (
        <Add roles={value.roles} onClose={() => setDoing(undefined)} onDone={async (upn, l) => { setLink({ upn, ...l }); await done() }} />
      )}
      {doing && doing.what === 'roles' && value && (
        <Roles who={doing.who} self={doing.who.id === me.principal?.id} roles={value.roles} onClose={() => setDoing(undefined)} onDone={done} />
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

const states = {
  enabled: { word: 'Enabled', icon: <CheckmarkCircleRegular aria-hidden /> },
  disabled: { word: 'Disabled', icon: <ProhibitedRegular aria-hidden /> },
  invited: { word: 'Not signed in yet', icon: <ClockRegular aria-hidden /> },
} as const

function State({ of }: { of: api.Person['state'] }) {
  const s = useStyles()
  return <span className={s.state}>{states[of].icon}{states[of].word}</span>
}

function Actions({ who, onDo }: { who: api.Person; onDo: (what: What) => void }) {
  const off = who.state === 'disabled'
  return (
    <Menu>
      <MenuTrigger disableButtonEnhancement>
        <Button size="small" icon={<ChevronDownRegular />} iconPosition="after" aria-label={`Change ${plain(who.upn)}`} data-testid="change-person">Change</Button>
      </MenuTrigger>
      <MenuPopover>
        <MenuList>
          <MenuItem data-testid="do-roles" onClick={() => onDo('roles')}>Change roles…</MenuItem>
          {!off && <MenuItem data-testid="do-link" onClick={() => onDo('link')}>New one-time link…</MenuItem>}
          {who.sessions > 0 && <MenuItem data-testid="do-sessions" onClick={() => onDo('sessions')}>End sessions…</MenuItem>}
          {off
            ? <MenuItem data-testid="do-enable" onClick={() => onDo('enable')}>Enable…</MenuItem>
            : <MenuItem data-testid="do-disable" onClick={() => onDo('disable')}>Disable…</MenuItem>}
          <MenuItem data-testid="do-remove" onClick={() => onDo('remove')}>Remove…</MenuItem>
        </MenuList>
      </MenuPopover>
    </Menu>
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

function Roles(props: { who: api.Person; self: boolean; roles: api.Role[]; onClose: () => void; onDone: () => Promise<void> }) {
  const [list, setList] = useState(props.who.roles)
  const changed = list.length !== props.who.roles.length || list.some((x) => !props.who.roles.includes(x))
  return (
    <Ask title={`Roles of ${plain(props.who.upn)}`} act="Change roles" ready={changed && list.length > 0} onClose={props.onClose}
      onAct={async () => { await api.setRoles(props.who.id, list); await props.onDone() }}>
      <RolePicker roles={props.roles} value={list} onChange={setList} />
      <OldNew old={props.who.roles.join(', ') || 'none'} now={changed ? list.join(', ') || 'none' : 'as it is'} />
      <Body1 block>{props.self ? `Your sign-in sessions end, this one too. ${you}` : 'Their sign-in sessions end.'}</Body1>
    </Ask>
  )
}

function Simple(props: {
  what: 'disable' | 'enable' | 'remove' | 'link' | 'sessions'; who: api.Person; self: boolean; onClose: () => void; onDone: (l?: api.Link) => Promise<void>
}) {
  const upn = plain(props.who.upn)
  const whose = props.self ? 'This is you. Your' : 'Their'
  const count = props.who.sessions === 1 ? '1 sign-in session ends' : `${props.who.sessions} sign-in sessions end`
  const [title, act, says] = {
    disable: [`Disable ${upn}`, 'Disable', `${whose} sign-in sessions end, and API tokens stop working, until an owner enables the account again.`],
    enable: [`Enable ${upn}`, 'Enable', 'They may sign in again, and their API tokens work again.'],
    remove: [`Remove ${upn}`, 'Remove', `${whose} sign-in sessions and API tokens end. What was done stays on record. This cannot be undone: the account can only be added anew.`],
    link: [`New link for ${upn}`, 'Make the link', 'With it they choose a new password, once. Links that were made for them before end; their sessions end when it is used.'],
    sessions: [`End the sessions of ${upn}`, 'End sessions', `${count} at once. ${props.self ? you : 'They may sign in again.'}`],
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
