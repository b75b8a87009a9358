import {
  Body1, Button, Dialog, DialogActions, DialogBody, DialogContent, DialogSurface, DialogTitle, MessageBar, MessageBarBody, Skeleton, SkeletonItem,
  Tab, TabList, Title3, makeStyles, tokens,
} from '@fluentui/react-components'
import { LockClosedRegular } from '@fluentui/react-icons'
import { Fragment, useCallback, useEffect, useState, type ComponentType, type KeyboardEvent, type ReactNode } from 'react'
import { account, Problem, type Account, type Who } from './api'
import type { PageProps } from './pages'
import { Proof } from './Proof'
import { Owner } from './SettingsOwner'
import { People } from './SettingsPeople'
import { Retention } from './SettingsRetention'
import { Tokens } from './SettingsTokens'
import { Usage } from './SettingsUsage'
import { plain, sentence } from './text'

const phone = '@media (max-width: 639px)'

const useStyles = makeStyles({
  page: {
    overflowY: 'auto', padding: '24px', display: 'flex', flexDirection: 'column', gap: '16px', minWidth: 0, '& > *': { flexShrink: 0 },
    [phone]: { padding: '16px' },
  },
  tabs: { overflowX: 'auto', margin: '0 -12px' },
  section: { display: 'flex', flexDirection: 'column', gap: '16px', minWidth: 0, maxWidth: '1400px' },
  grid: {
    overflowX: 'auto', backgroundColor: tokens.colorNeutralBackground1, border: `1px solid ${tokens.colorNeutralStroke2}`,
    borderRadius: tokens.borderRadiusMedium, flexShrink: 0,
    '& table': { width: '100%', borderCollapse: 'collapse', fontSize: tokens.fontSizeBase300 },
    '& th': { textAlign: 'left', padding: '8px 12px', fontWeight: tokens.fontWeightSemibold, whiteSpace: 'nowrap' },
    '& td': { padding: '6px 12px', verticalAlign: 'middle', borderTop: `1px solid ${tokens.colorNeutralStroke2}`, overflowWrap: 'break-word' },
    '& .number': { textAlign: 'right', fontVariantNumeric: 'tabular-nums' },
    '& td.code': { fontFamily: tokens.fontFamilyMonospace, fontSize: tokens.fontSizeBase200 },
    '& .time': { whiteSpace: 'nowrap', fontVariantNumeric: 'tabular-nums' },
    '& .act': { textAlign: 'right', whiteSpace: 'nowrap' },
    // On a phone each row is a card, and each of its cells a line with the column's title before it.
    [phone]: {
      '& table, & tbody, & tr, & td': { display: 'block' },
      '& thead': { position: 'absolute', clipPath: 'inset(50%)', width: '1px', height: '1px', overflow: 'hidden' },
      '& tr': { padding: '8px 0', borderTop: `1px solid ${tokens.colorNeutralStroke2}` },
      '& tr:first-child': { borderTop: 'none' },
      '& td, & td.number, & td.act': { display: 'grid', gridTemplateColumns: '112px minmax(0, 1fr)', padding: '2px 12px', borderTop: 'none', textAlign: 'left', overflowWrap: 'anywhere' },
      '& td::before': { content: 'attr(data-title)', color: tokens.colorNeutralForeground2, fontFamily: tokens.fontFamilyBase, fontSize: tokens.fontSizeBase300 },
      '& td > *, & td.act > *': { justifySelf: 'start', gridColumn: 2 },
    },
  },
  facts: {
    display: 'grid', gridTemplateColumns: 'max-content 1fr', gap: '4px 16px', margin: '8px 0',
    '& dt': { color: tokens.colorNeutralForeground2 },
    '& dd': { margin: 0, whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' },
  },
  content: { display: 'flex', flexDirection: 'column', gap: '12px', '& > *': { flexShrink: 0 } },
  once: { display: 'block', margin: '12px 0', overflowWrap: 'anywhere', userSelect: 'all', fontFamily: tokens.fontFamilyMonospace },
})

// sections are the parts of the page: where, what it takes to see it, and what it shows.
const sections: { id: string; title: string; needs?: string; takes?: string; view: ComponentType<{ me: Who }> }[] = [
  { id: 'owner', title: 'Owner', needs: 'manage', view: Owner },
  { id: 'people', title: 'People & roles', needs: 'manage', view: People },
  { id: 'tokens', title: 'Tokens', view: Tokens },
  { id: 'usage', title: 'Usage', needs: 'readUses', takes: 'Copilot owner, Security Administrator or Owner', view: Usage },
  { id: 'retention', title: 'Retention', needs: 'manage', view: Retention },
]

// Settings is the page of what an owner manages, and of everybody's own API tokens.
export function Settings({ me, address, open }: PageProps) {
  const s = useStyles()
  if (!me?.principal) return null
  const may = (needs?: string) => !needs || me.principal!.permissions.includes(needs)
  const wanted = address.split('/')[2]
  const section = sections.find((x) => x.id === wanted) ?? sections.find((x) => may(x.needs))!
  const View = section.view
  return (
    <div className={s.page}>
      <Title3 as="h1">Settings</Title3>
      <div className={s.tabs} data-scrolls>
        <TabList selectedValue={section.id} onTabSelect={(_, d) => open(`/settings/${d.value as string}`)}>
          {sections.map((x) => (
            <Tab key={x.id} value={x.id} data-testid={`tab-${x.id}`} icon={may(x.needs) ? undefined : <LockClosedRegular aria-label={`takes the role ${x.takes ?? 'Owner'}`} />}>
              {x.title}
            </Tab>
          ))}
        </TabList>
      </div>
      {may(section.needs)
        ? <View key={section.id} me={me} />
        : (
          <MessageBar intent="info" layout="multiline">
            <MessageBarBody data-testid="forbidden">
              {section.title} takes the role {section.takes ?? 'Owner'}. You are {me.principal.roles.join(', ') || 'without a role'}.
            </MessageBarBody>
          </MessageBar>
        )}
    </div>
  )
}

// Section is the frame of a part: what went wrong, and the skeleton while it is read.
export function Section(props: { trouble?: string; ready: boolean; children: ReactNode }) {
  const s = useStyles()
  return (
    <div className={s.section}>
      {props.trouble && (
        <MessageBar intent="error" role="alert" layout="multiline"><MessageBarBody data-testid="trouble">{plain(sentence(props.trouble))}</MessageBarBody></MessageBar>
      )}
      {props.ready
        ? props.children
        : !props.trouble && <Skeleton aria-label="Reading">{[0, 1, 2].map((i) => <SkeletonItem key={i} size={32} />)}</Skeleton>}
    </div>
  )
}

// Column is a column of a grid; its kind says how its cells are set.
export interface Column { title: string; kind?: 'number' | 'code' | 'time' | 'act' }

// Row is a row of a grid: its cells stand as the columns do.
export interface Row { key: string; cells: ReactNode[]; mark?: Record<string, string> }

// Grid is a plain table that scrolls sideways by itself, and on a phone is a list of cards.
export function Grid(props: { label: string; columns: Column[]; rows: Row[]; testid: string }) {
  const s = useStyles()
  return (
    <div className={s.grid}>
      <table role="table" aria-label={props.label} data-testid={props.testid}>
        <thead role="rowgroup">
          <tr role="row">
            {props.columns.map((c) => (
              <th key={c.title} role="columnheader" scope="col" className={c.kind} aria-label={c.kind === 'act' ? c.title : undefined}>
                {c.kind === 'act' ? null : c.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {props.rows.map((r) => (
            <tr key={r.key} role="row" {...r.mark}>
              {r.cells.map((c, i) => {
                const { title, kind } = props.columns[i]!
                return <td key={title} role="cell" className={kind} data-title={kind === 'act' ? '' : title}>{typeof c === 'object' ? c : <span>{c}</span>}</td>
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

// useRead reads something at once, and again when told; what went wrong stays until it is read.
export function useRead<T>(read: () => Promise<T>) {
  const [value, setValue] = useState<T>()
  const [trouble, setTrouble] = useState('')
  const again = useCallback(async () => {
    try {
      setValue(await read())
      setTrouble('')
    } catch (e) {
      setTrouble((e as Error).message)
    }
  }, [read])
  useEffect(() => {
    void again()
  }, [again])
  return { value, trouble, setTrouble, again }
}

// Ask is a dialog that says what a change does before it is done. onAct is called once; what it throws is shown, and the dialog stays.
// Where the change takes a fresh proof, that is asked for, and the change made again.
export function Ask(props: {
  title: string; act: string; ready?: boolean; onClose: () => void; onAct: () => Promise<void>; children: ReactNode
}) {
  const s = useStyles()
  const [busy, setBusy] = useState(false)
  const [trouble, setTrouble] = useState('')
  const [asked, setAsked] = useState<Account>() // who must prove again that it is them
  const act = async () => {
    setBusy(true)
    setTrouble('')
    try {
      await props.onAct()
    } catch (e) {
      try {
        if (!(e instanceof Problem && e.code === 'proof')) throw e
        setAsked(await account())
      } catch (e) {
        setTrouble((e as Error).message)
      }
    }
    setBusy(false)
  }
  const keys = (e: KeyboardEvent<HTMLFormElement>) => {
    if (e.key === 's' && (e.ctrlKey || e.metaKey)) {
      e.preventDefault()
      e.currentTarget.requestSubmit()
    }
  }
  if (asked) return <Proof state={asked} onDone={() => { setAsked(undefined); void act() }} onClose={() => setAsked(undefined)} />
  return (
    <Dialog open onOpenChange={(_, d) => { if (!d.open) props.onClose() }}>
      <DialogSurface data-testid="dialog">
        <form onKeyDown={keys} onSubmit={(e) => { e.preventDefault(); if (props.ready !== false && !busy) void act() }}>
          <DialogBody>
            <DialogTitle>{props.title}</DialogTitle>
            <DialogContent className={s.content}>
              {trouble && (
                <MessageBar intent="error" role="alert" layout="multiline"><MessageBarBody data-testid="dialog-trouble">{plain(sentence(trouble))}</MessageBarBody></MessageBar>
              )}
              {props.children}
            </DialogContent>
            <DialogActions>
              <Button onClick={props.onClose}>Cancel</Button>
              <Button appearance="primary" type="submit" disabled={props.ready === false} disabledFocusable={busy} data-testid="act">{props.act}</Button>
            </DialogActions>
          </DialogBody>
        </form>
      </DialogSurface>
    </Dialog>
  )
}

// Facts are terms, each with what it is.
export function Facts(props: { of: [string, ReactNode][]; testid?: string }) {
  const s = useStyles()
  return <dl className={s.facts} data-testid={props.testid}>{props.of.map(([term, is]) => <Fragment key={term}><dt>{term}</dt><dd>{is}</dd></Fragment>)}</dl>
}

// OldNew is what a change makes of something.
export function OldNew(props: { old: string; now: string }) {
  return <Facts testid="old-new" of={[['Old', props.old], ['New', props.now]]} />
}

// Once shows a text that is shown once: a link or a token.
export function Once(props: { title: string; text: string; children: ReactNode; onClose: () => void }) {
  const s = useStyles()
  const [copied, setCopied] = useState('')
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(props.text)
      setCopied('Copied.')
    } catch {
      setCopied('The browser does not let the page copy: select the text and copy it yourself.')
    }
  }
  return (
    <Dialog open modalType="alert">
      <DialogSurface data-testid="once">
        <DialogBody>
          <DialogTitle>{props.title}</DialogTitle>
          <DialogContent>
            <Body1 block>{props.children}</Body1>
            <code data-testid="once-text" className={s.once}>{props.text}</code>
            <Body1 block role="status">{copied}</Body1>
          </DialogContent>
          <DialogActions>
            <Button onClick={() => void copy()}>Copy</Button>
            <Button appearance="primary" onClick={props.onClose} data-testid="once-close">Close</Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  )
}
