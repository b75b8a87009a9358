import {
  Body1, Button, Caption1, DrawerBody, DrawerHeader, DrawerHeaderTitle, Menu, MenuItem, MenuList, MenuPopover, MenuTrigger, MessageBar, MessageBarBody,
  OverlayDrawer, Subtitle2, Tooltip, makeStyles, mergeClasses, tokens,
} from '@fluentui/react-components'
import { AddRegular, DeleteRegular, DismissRegular, NavigationRegular, PersonRegular, SettingsRegular, ShieldRegular } from '@fluentui/react-icons'
import { useCallback, useEffect, useState } from 'react'
import * as api from './api'
import { pageOf } from './pages'
import { SessionView } from './SessionView'
import { chrome, grouped, plain } from './text'
import type { SessionInfo, Workspace } from './types'

const useStyles = makeStyles({
  shell: {
    height: '100%', display: 'grid', gridTemplateRows: '48px 1fr', gridTemplateColumns: '232px 1fr',
    backgroundColor: tokens.colorNeutralBackground2,
    '@media (max-width: 1023px)': { gridTemplateColumns: '1fr' },
  },
  header: {
    gridColumn: '1 / -1', display: 'flex', alignItems: 'center', gap: '16px', padding: '0 16px',
    backgroundColor: tokens.colorNeutralBackground1, borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
    whiteSpace: 'nowrap', overflow: 'hidden',
  },
  brand: { display: 'flex', alignItems: 'center', gap: '8px', fontWeight: tokens.fontWeightSemibold },
  grow: { flexGrow: 1 },
  meta: { color: tokens.colorNeutralForeground2, overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' },
  nav: {
    padding: '12px 8px', overflowY: 'auto', borderRight: `1px solid ${tokens.colorNeutralStroke2}`,
    display: 'flex', flexDirection: 'column', gap: '4px',
    '@media (max-width: 1023px)': { display: 'none' },
  },
  item: { display: 'flex', alignItems: 'center', borderRadius: tokens.borderRadiusMedium },
  open: { backgroundColor: tokens.colorNeutralBackground1Selected, '@media (forced-colors: active)': { outline: '2px solid Highlight' } },
  link: {
    flexGrow: 1, minWidth: 0, justifyContent: 'flex-start', fontWeight: tokens.fontWeightRegular, textAlign: 'left',
    '& > span': { overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' },
  },
  heading: { padding: '8px', color: tokens.colorNeutralForeground2 },
  menu: { flexShrink: 0, '@media (min-width: 1024px)': { display: 'none' } },
  drawer: { '@media (min-width: 1024px)': { display: 'none' } },
  drawn: { display: 'flex', flexDirection: 'column', gap: '4px', paddingBottom: '12px' },
  phone: { '@media (max-width: 639px)': { display: 'none' } },
  user: { minWidth: 0, '& > span:last-child': { overflow: 'hidden', textOverflow: 'ellipsis' } },
  bottom: { flexGrow: 0, flexShrink: 0 },
  main: { minWidth: 0, minHeight: 0, display: 'flex', flexDirection: 'column' },
})

const path = /^\/sessions\/([\w.-]+)$/
const current = () => path.exec(location.pathname)?.[1] ?? ''
const fresh = () => `web-${Date.now().toString(36)}-${crypto.randomUUID().slice(0, 8)}`

export function App() {
  const s = useStyles()
  const [id, setID] = useState(() => current() || fresh())
  const [address, setAddress] = useState(location.pathname)
  const [list, setList] = useState<SessionInfo[]>([])
  const [space, setSpace] = useState<Workspace>()
  const [trouble, setTrouble] = useState('')
  const [me, setMe] = useState<api.Who>()
  const [drawn, setDrawn] = useState(false)

  const refresh = useCallback(async () => {
    try {
      setMe(await api.who()) // first: who may not see the workspace can still sign out
      const [w, l] = await Promise.all([api.workspace(), api.sessions()])
      setSpace(w)
      setList(l.sessions)
      setTrouble('')
    } catch (e) {
      setTrouble((e as Error).message)
    }
  }, [])

  useEffect(() => {
    void refresh()
    const back = () => {
      setAddress(location.pathname)
      setID(current() || fresh())
    }
    window.addEventListener('popstate', back)
    return () => window.removeEventListener('popstate', back)
  }, [refresh])

  const open = (to: string) => {
    history.pushState(null, '', to)
    setAddress(to)
  }
  const go = (to: string) => {
    open(to ? `/sessions/${to}` : '/')
    setID(to || fresh())
  }
  const Page = pageOf(address)
  const drop = async (x: SessionInfo) => {
    try {
      await api.remove(x.id)
      if (x.id === id) go('')
    } catch (e) {
      setTrouble((e as Error).message)
    }
    await refresh()
  }
  const leave = async () => {
    try {
      await api.signOut()
      location.assign('/signin')
    } catch (e) {
      setTrouble((e as Error).message)
    }
  }
  const asked = useCallback((sid: string) => {
    if (!pageOf(location.pathname) && current() !== sid) history.replaceState(null, '', `/sessions/${sid}`)
    void refresh()
  }, [refresh])

  const entries = (
    <>
      <Button icon={<AddRegular />} onClick={() => go('')} data-goes data-testid="new">New session</Button>
      <Subtitle2 className={s.heading} as="h2" block>Sessions</Subtitle2>
      {list.length === 0 && <Caption1 className={s.heading}>None yet: ask a question and its session appears here.</Caption1>}
      {list.map((x) => (
        <div key={x.id} className={mergeClasses(s.item, !Page && x.id === id && s.open)}>
          <Button appearance="transparent" className={s.link} onClick={() => go(x.id)} data-goes
            aria-current={!Page && x.id === id ? 'page' : undefined} title={plain(x.title || x.id)}>
            <span>{plain(x.title || x.id)}</span>
          </Button>
          <Tooltip relationship="label" content="Delete this session">
            <Button appearance="subtle" size="small" icon={<DeleteRegular />} onClick={() => void drop(x)} />
          </Tooltip>
        </div>
      ))}
      <span className={s.grow} />
      {me?.principal && (
        <Button appearance="subtle" icon={<SettingsRegular />} className={mergeClasses(s.link, s.bottom, address.startsWith('/settings') && s.open)}
          aria-current={address.startsWith('/settings') ? 'page' : undefined} onClick={() => open('/settings')} data-goes data-testid="settings">
          Settings
        </Button>
      )}
    </>
  )

  return (
    <div className={s.shell}>
      <a className="skip" href="#prompt">Skip to content</a>
      <header className={s.header}>
        <Button appearance="subtle" icon={<NavigationRegular />} className={s.menu} aria-label="Sessions and settings" onClick={() => setDrawn(true)} data-testid="menu" />
        <span className={s.brand}><ShieldRegular fontSize={20} aria-hidden /> Sleuth</span>
        {space && (
          <Caption1 className={s.meta} data-testid="tenant">
            {plain(space.name)} · {space.tenantId ? `${space.tenantId.slice(0, 8)}…` : 'tenant unknown'} · {space.kind}
          </Caption1>
        )}
        <span className={s.grow} />
        {space?.lastEvent && (
          <Tooltip relationship="description" content={space.tables.map((t) => `${t.name}: ${grouped(t.rows)} rows`).join(' · ')}>
            <Caption1 tabIndex={0} className={mergeClasses(s.meta, s.phone)}>Last event {chrome(space.lastEvent, space.now)}</Caption1>
          </Tooltip>
        )}
        {me?.principal && me.by !== 'start' && (
          <Menu>
            <MenuTrigger disableButtonEnhancement>
              <Button appearance="subtle" icon={<PersonRegular />} className={s.user} data-testid="me">{plain(me.principal.name)}</Button>
            </MenuTrigger>
            <MenuPopover>
              <Caption1 block className={s.heading}>{plain(me.principal.upn)} · {me.principal.roles.join(', ')}</Caption1>
              <MenuList>
                <MenuItem onClick={() => open('/account')} data-testid="account">Your account</MenuItem>
                <MenuItem onClick={() => void leave()} data-testid="signout">Sign out</MenuItem>
              </MenuList>
            </MenuPopover>
          </Menu>
        )}
      </header>
      <nav className={s.nav} aria-label="Sessions">{entries}</nav>
      <OverlayDrawer open={drawn} onOpenChange={(_, d) => setDrawn(d.open)} size="small" className={s.drawer}>
        <DrawerHeader>
          <DrawerHeaderTitle action={<Button appearance="subtle" icon={<DismissRegular />} aria-label="Close" onClick={() => setDrawn(false)} />}>Sleuth</DrawerHeaderTitle>
        </DrawerHeader>
        <DrawerBody className={s.drawn} onClick={(e) => { if ((e.target as Element).closest('[data-goes]')) setDrawn(false) }}>{entries}</DrawerBody>
      </OverlayDrawer>
      <main className={s.main}>
        {trouble && (
          <MessageBar intent="error"><MessageBarBody><Body1>{plain(trouble)}</Body1></MessageBarBody></MessageBar>
        )}
        {Page
          ? <Page me={me} address={address} open={open} />
          : <SessionView key={id} id={id} known={list.some((x) => x.id === id)} now={space?.now ?? ''} onAsked={asked} />}
      </main>
    </div>
  )
}
