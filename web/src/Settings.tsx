import {
  Body1, Button, Dialog, DialogActions, DialogBody, DialogContent, DialogSurface, DialogTitle, MessageBar, MessageBarBody, Skeleton, SkeletonItem,
  Tab, TabList, Title3, makeStyles, tokens,
} from '@fluentui/react-components'
import { useCallback, useEffect, useState, type ComponentType, type ReactNode } from 'react'
import type { Who } from './api'
import type { PageProps } from './pages'
import { Owner } from './SettingsOwner'
import { People } from './SettingsPeople'
import { Retention } from './SettingsRetention'
import { Tokens } from './SettingsTokens'
import { plain } from './text'

const useStyles = makeStyles({
  page: { overflowY: 'auto', padding: '24px', display: 'flex', flexDirection: 'column', gap: '16px', minWidth: 0 },
  section: { display: 'flex', flexDirection: 'column', gap: '16px', minWidth: 0 },
  grid: {
    overflowX: 'auto', backgroundColor: tokens.colorNeutralBackground1, border: `1px solid ${tokens.colorNeutralStroke2}`,
    borderRadius: tokens.borderRadiusMedium,
    '& table': { width: '100%', borderCollapse: 'collapse', fontSize: tokens.fontSizeBase300 },
    '& th': {
      textAlign: 'left', padding: '8px 12px', fontWeight: tokens.fontWeightSemibold, whiteSpace: 'nowrap',
      borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
    },
    '& td': { padding: '6px 12px', verticalAlign: 'middle', borderTop: `1px solid ${tokens.colorNeutralStroke3}` },
    '& td.number, & th.number': { textAlign: 'right', fontVariantNumeric: 'tabular-nums' },
    '& td.code, & code': { fontFamily: tokens.fontFamilyMonospace, fontSize: tokens.fontSizeBase200 },
  },
})

// sections are the parts of the page: where, what it takes to see it, and what it shows.
const sections: { id: string; title: string; needs?: string; view: ComponentType<{ me: Who }> }[] = [
  { id: 'owner', title: 'Owner', needs: 'manage', view: Owner },
  { id: 'people', title: 'People & roles', needs: 'manage', view: People },
  { id: 'tokens', title: 'Tokens', view: Tokens },
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
      <TabList selectedValue={section.id} onTabSelect={(_, d) => open(`/settings/${d.value as string}`)}>
        {sections.map((x) => <Tab key={x.id} value={x.id} data-testid={`tab-${x.id}`}>{x.title}</Tab>)}
      </TabList>
      {may(section.needs)
        ? <View key={section.id} me={me} />
        : (
          <MessageBar intent="info" layout="multiline">
            <MessageBarBody data-testid="forbidden">
              {section.title} takes the role Owner. You are {me.principal.roles.join(', ') || 'without a role'}.
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
        <MessageBar intent="error" role="alert" layout="multiline"><MessageBarBody data-testid="trouble">{plain(props.trouble)}</MessageBarBody></MessageBar>
      )}
      {props.ready
        ? props.children
        : !props.trouble && <Skeleton aria-label="Reading">{[0, 1, 2].map((i) => <SkeletonItem key={i} size={32} />)}</Skeleton>}
    </div>
  )
}

// Grid is a plain table that scrolls sideways by itself.
export function Grid(props: { label: string; head: ReactNode; children: ReactNode; testid: string }) {
  const s = useStyles()
  return (
    <div className={s.grid}>
      <table aria-label={props.label} data-testid={props.testid}>
        <thead><tr>{props.head}</tr></thead>
        <tbody>{props.children}</tbody>
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

// Ask is a dialog that says what a change does before it is done. done is asked once; what it throws is shown, and the dialog stays.
export function Ask(props: {
  title: string; act: string; ready?: boolean; onClose: () => void; onAct: () => Promise<void>; children: ReactNode
}) {
  const [busy, setBusy] = useState(false)
  const [trouble, setTrouble] = useState('')
  const act = async () => {
    setBusy(true)
    setTrouble('')
    try {
      await props.onAct()
    } catch (e) {
      setTrouble((e as Error).message)
    }
    setBusy(false)
  }
  return (
    <Dialog open onOpenChange={(_, d) => { if (!d.open) props.onClose() }}>
      <DialogSurface data-testid="dialog">
        <form onSubmit={(e) => { e.preventDefault(); if (props.ready !== false && !busy) void act() }}>
          <DialogBody>
            <DialogTitle>{props.title}</DialogTitle>
            <DialogContent>
              {trouble && (
                <MessageBar intent="error" role="alert" layout="multiline"><MessageBarBody data-testid="dialog-trouble">{plain(trouble)}</MessageBarBody></MessageBar>
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

// Once shows a text that is shown once: a link or a token.
export function Once(props: { title: string; text: string; children: ReactNode; onClose: () => void }) {
  const [copied, setCopied] = useState(false)
  return (
    <Dialog open modalType="alert">
      <DialogSurface data-testid="once">
        <DialogBody>
          <DialogTitle>{props.title}</DialogTitle>
          <DialogContent>
            <Body1 block>{props.children}</Body1>
            <code data-testid="once-text" style={{ display: 'block', margin: '12px 0', overflowWrap: 'anywhere', userSelect: 'all' }}>{props.text}</code>
          </DialogContent>
          <DialogActions>
            <Button onClick={() => void navigator.clipboard.writeText(props.text).then(() => setCopied(true))}>{copied ? 'Copied' : 'Copy'}</Button>
            <Button appearance="primary" onClick={props.onClose} data-testid="once-close">Close</Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  )
}
