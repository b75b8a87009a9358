import {
  Body1, Button, Caption1, Dialog, DialogBody, DialogContent, DialogSurface, DialogTitle, Field, Input, MessageBar, MessageBarBody, Subtitle2,
  Table, TableBody, TableCell, TableHeader, TableHeaderCell, TableRow, Title3, makeStyles, tokens,
} from '@fluentui/react-components'
import { useCallback, useEffect, useState, type ReactNode } from 'react'
import * as api from './api'
import { AddAuthenticator, AddPasskey, RecoveryCodes } from './Factors'
import type { PageProps } from './pages'
import { Proof } from './Proof'
import { moment, plain, worded } from './text'

const useStyles = makeStyles({
  page: { overflowY: 'auto', padding: '24px', display: 'flex', flexDirection: 'column', gap: '24px' },
  card: {
    maxWidth: '800px', padding: '16px', display: 'flex', flexDirection: 'column', gap: '12px', backgroundColor: tokens.colorNeutralBackground1,
    border: `1px solid ${tokens.colorNeutralStroke2}`, borderRadius: tokens.borderRadiusMedium,
  },
  narrow: { maxWidth: '832px', position: 'sticky', top: 0, zIndex: 1, flexShrink: 0 }, // in sight wherever the button was
  form: { display: 'flex', flexDirection: 'column', gap: '12px', maxWidth: '400px' },
  row: { display: 'flex', gap: '8px', alignItems: 'center', flexWrap: 'wrap' },
  grow: { flexGrow: 1 },
  scroll: { overflowX: 'auto' },
})

// Act is a change that may ask for a fresh proof first; what it says stands at the top of the page.
type Act = (what: () => Promise<string | undefined>) => void

// Account is how somebody signs in: their own page.
export function Account({ me }: PageProps) {
  const s = useStyles()
  const [state, setState] = useState<api.Account>()
  const [said, setSaid] = useState<{ text: string; bad: boolean }>()
  const [codes, setCodes] = useState<string[]>()
  const [asked, setAsked] = useState<() => Promise<string | undefined>>()

  const load = useCallback(async () => {
    try {
      setState(await api.account())
    } catch (e) {
      setSaid({ text: (e as Error).message, bad: true })
    }
  }, [])
  useEffect(() => {
    void load()
  }, [load])

  const act: Act = (what) => {
    void (async () => {
      setSaid(undefined)
      try {
        const text = await what()
        if (text) setSaid({ text, bad: false })
      } catch (e) {
        if (e instanceof api.Problem && e.code === 'proof') return setAsked(() => what)
        setSaid({ text: (e as Error).message, bad: true })
      }
      await load()
    })()
  }
  // after says what came of a change, and shows the codes that it brought.
  const after = (text: string, d: api.Done) => {
    if (d.recoveryCodes) setCodes(d.recoveryCodes)
    return (text + (d.ended ? ` ${d.ended === 1 ? 'Another session of yours has' : `${d.ended} other sessions of yours have`} ended.` : '')).trim()
  }

  return (
    <div className={s.page}>
      <div>
        <Title3 as="h1" block>Your account</Title3>
        {me?.principal && <Body1>{plain(me.principal.name)} · {plain(me.principal.upn)} · {me.principal.roles.join(', ')}</Body1>}
      </div>
      {said && (
        <MessageBar className={s.narrow} intent={said.bad ? 'error' : 'success'} role={said.bad ? 'alert' : 'status'} layout="multiline">
          <MessageBarBody data-testid="said">{plain(said.text)}</MessageBarBody>
        </MessageBar>
      )}
      {state && !state.local && (
        <Body1>You sign in by {plain(me?.provider ?? 'a provider')}, which looks after your password and your second factors.</Body1>
      )}
      {state?.local && (
        <>
          <Password act={act} after={after} />
          <Authenticator state={state} act={act} after={after} />
          <Passkeys state={state} act={act} after={after} />
          <Card title="Recovery codes">
            <div className={s.row}>
              <Body1 className={s.grow} data-testid="codes-left">
                {state.recoveryCodes === 0 ? 'None left.' : `${state.recoveryCodes} of 10 left.`} Each stands in for your second factor, once.
              </Body1>
              <Button data-testid="new-codes" disabled={!state.authenticator && state.passkeys.length === 0}
                onClick={() => act(async () => after('New recovery codes were made; those before are good no more.', await api.newRecoveryCodes()))}>
                Make new codes
              </Button>
            </div>
          </Card>
        </>
      )}
      {state && <SignIns state={state} act={act} after={after} />}
      {asked && state && (
        <Proof state={state} onClose={() => setAsked(undefined)} onDone={() => { const again = asked; setAsked(undefined); act(again) }} />
      )}
      <Dialog open={codes !== undefined} modalType="alert">
        <DialogSurface><DialogBody><DialogContent>
          {codes && <RecoveryCodes codes={codes} button="I have kept them" onDone={() => setCodes(undefined)} />}
        </DialogContent></DialogBody></DialogSurface>
      </Dialog>
    </div>
  )
}

function Card(props: { title: string; children: ReactNode }) {
  const s = useStyles()
  return (
    <section className={s.card} aria-label={props.title}>
      <Subtitle2 as="h2">{props.title}</Subtitle2>
      {props.children}
    </section>
  )
}

interface Part {
  act: Act
  after: (text: string, d: api.Done) => string
}

function Password({ act, after }: Part) {
  const s = useStyles()
  const [present, setPresent] = useState('')
  const [next, setNext] = useState('')
  const short = next.length > 0 && [...next].length < 15
  return (
    <Card title="Password">
      <form className={s.form} onSubmit={(e) => {
        e.preventDefault()
        act(async () => {
          try {
            const d = await api.changePassword(present, next)
            setNext('')
            return after('The password is changed.', d)
          } finally {
            setPresent('')
          }
        })
      }}>
        <Field label="Present password" required>
          <Input id="present" type="password" autoComplete="current-password" value={present} onChange={(_, d) => setPresent(d.value)} />
        </Field>
        <Field label="New password" required hint="At least 15 characters. A few words in a row are easiest."
          validationState={short ? 'warning' : 'none'} validationMessage={short ? `${[...next].length} of 15 characters` : undefined}>
          <Input id="newpassword" type="password" autoComplete="new-password" value={next} onChange={(_, d) => setNext(d.value)} />
        </Field>
        <div>
          <Button type="submit" disabled={!present || !next || short} data-testid="change-password">Change password</Button>
        </div>
      </form>
    </Card>
  )
}

function Authenticator({ state, act, after }: Part & { state: api.Account }) {
  const s = useStyles()
  const [made, setMade] = useState<api.NewAuthenticator>()
  const a = state.authenticator
  return (
    <Card title="Authenticator app">
      <div className={s.row}>
        <Body1 className={s.grow} data-testid="authenticator">
          {a ? `Added ${moment(a.added)}; ${a.used ? `last used ${moment(a.used)}` : 'not used yet'}.` : 'None. An app on your phone makes a code of 6 digits to type after the password.'}
        </Body1>
        <Button data-testid="add-authenticator" onClick={() => act(async () => { setMade(await api.newAuthenticator('/api/v1/auth/account')); return undefined })}>
          {a ? 'Replace' : 'Add authenticator app'}
        </Button>
        {a && (
          <Button data-testid="remove-authenticator"
            onClick={() => act(async () => after('The authenticator app is removed.', await api.removeAuthenticator()))}>
            Remove
          </Button>
        )}
      </div>
      <Dialog open={made !== undefined} onOpenChange={(_, d) => !d.open && setMade(undefined)}>
        <DialogSurface><DialogBody>
          <DialogTitle>{a ? 'Replace the authenticator app' : 'Add an authenticator app'}</DialogTitle>
          <DialogContent>
            {made && (
              <AddAuthenticator base="/api/v1/auth/account" made={made} onDone={(d) => {
                setMade(undefined)
                act(async () => after('The authenticator app is added.', d))
              }} />
            )}
          </DialogContent>
        </DialogBody></DialogSurface>
      </Dialog>
    </Card>
  )
}

function Passkeys({ state, act, after }: Part & { state: api.Account }) {
  const s = useStyles()
  const [adding, setAdding] = useState(false)
  return (
    <Card title="Passkeys">
      <div className={s.row}>
        <Body1 className={s.grow}>
          {state.passkeys.length === 0 && 'None. '}A passkey signs you in without the password, or after it: with the fingerprint, face or PIN of your device, or a security key.
        </Body1>
        <Button data-testid="add-passkey" disabled={!state.passkeysAt.here}
          onClick={() => act(async () => { await api.proofStands(); setAdding(true); return undefined })}>
          Add passkey
        </Button>
      </div>
      {!state.passkeysAt.here && (
        <Caption1 data-testid="passkeys-at">
          Passkeys belong to a name, and this address is none. {state.passkeysAt.at ? `Open ${state.passkeysAt.at} to add one.` : 'Sleuth has to be served with --name.'}
        </Caption1>
      )}
      {state.passkeys.length > 0 && (
        <div className={s.scroll}>
          <Table size="small" aria-label="Passkeys">
            <TableHeader><TableRow>
              {['Name', 'Works at', 'Added', 'Last used', ''].map((h) => <TableHeaderCell key={h}>{h}</TableHeaderCell>)}
            </TableRow></TableHeader>
            <TableBody>
              {state.passkeys.map((k) => (
                <TableRow key={k.id} data-testid="passkey-row">
                  <TableCell>{plain(k.name)}</TableCell>
                  <TableCell>{plain(k.address)}{k.here ? '' : ' (not here)'}</TableCell>
                  <TableCell>{moment(k.added)}</TableCell>
                  <TableCell>{k.used ? moment(k.used) : 'not yet'}</TableCell>
                  <TableCell>
                    <Button size="small" aria-label={`Remove the passkey ${plain(k.name)}`} data-testid="remove-passkey"
                      onClick={() => act(async () => after(`The passkey ${k.name} is removed.`, await api.removePasskey(k.id)))}>
                      Remove
                    </Button>
                  </TableCell>
                </TableRow>
              ))}
            </TableBody>
          </Table>
        </div>
      )}
      <Dialog open={adding} onOpenChange={(_, d) => !d.open && setAdding(false)}>
        <DialogSurface><DialogBody>
          <DialogTitle>Add a passkey</DialogTitle>
          <DialogContent>
            {adding && (
              <AddPasskey base="/api/v1/auth/account" onDone={(d) => {
                setAdding(false)
                act(async () => after('The passkey is added.', d))
              }} />
            )}
          </DialogContent>
        </DialogBody></DialogSurface>
      </Dialog>
    </Card>
  )
}

function SignIns({ state, act, after }: Part & { state: api.Account }) {
  const s = useStyles()
  return (
    <Card title="Where you are signed in">
      <div className={s.scroll}>
        <Table size="small" aria-label="Sign-in sessions">
          <TableHeader><TableRow>
            {['Device', 'Address', 'By', 'Since', 'Last used', ''].map((h) => <TableHeaderCell key={h}>{h}</TableHeaderCell>)}
          </TableRow></TableHeader>
          <TableBody>
            {state.signIns.map((x) => (
              <TableRow key={x.id} data-testid="signin-row">
                <TableCell>{plain(x.device)}</TableCell>
                <TableCell>{plain(x.clientIP)}</TableCell>
                <TableCell>{worded(x.method)}</TableCell>
                <TableCell>{moment(x.begun)}</TableCell>
                <TableCell>{moment(x.seen)}</TableCell>
                <TableCell>
                  {x.here ? 'this session' : (
                    <Button size="small" data-testid="end-signin" onClick={() => act(async () => { await api.endSignIn(x.id); return 'The session has ended.' })}>End</Button>
                  )}
                </TableCell>
              </TableRow>
            ))}
          </TableBody>
        </Table>
      </div>
      <div>
        <Button data-testid="end-others" disabled={state.signIns.length < 2} onClick={() => act(async () => after('', await api.endOtherSignIns()))}>
          End all other sessions
        </Button>
      </div>
    </Card>
  )
}
