import {
  Body1, Button, Caption1, Field, Input, Link, MessageBar, MessageBarBody, Spinner, Title3, makeStyles, tokens,
} from '@fluentui/react-components'
import { KeyRegular, ShieldRegular } from '@fluentui/react-icons'
import { useEffect, useState, type FormEvent, type ReactNode } from 'react'
import * as api from './api'
import { Enrol, SecondFactor } from './Factors'
import { plain } from './text'

const useStyles = makeStyles({
  page: {
    height: '100%', overflowY: 'auto', display: 'flex', justifyContent: 'center', alignItems: 'flex-start',
    backgroundColor: tokens.colorNeutralBackground2, paddingTop: '12vh', boxSizing: 'border-box',
  },
  card: {
    width: '400px', maxWidth: 'calc(100% - 32px)', boxSizing: 'border-box', padding: '32px', display: 'flex', flexDirection: 'column',
    gap: '16px', backgroundColor: tokens.colorNeutralBackground1, borderRadius: tokens.borderRadiusLarge, boxShadow: tokens.shadow8,
  },
  form: { display: 'flex', flexDirection: 'column', gap: '16px' },
  brand: { display: 'flex', alignItems: 'center', gap: '8px', fontWeight: tokens.fontWeightSemibold },
})

function Card(props: { title: string; trouble: string; children: ReactNode }) {
  const s = useStyles()
  return (
    <main className={s.page}>
      <div className={s.card}>
        <span className={s.brand}><ShieldRegular fontSize={20} aria-hidden /> Sleuth</span>
        <Title3 as="h1">{props.title}</Title3>
        {props.trouble && (
          <MessageBar intent="error" role="alert" layout="multiline"><MessageBarBody data-testid="trouble">{plain(props.trouble)}</MessageBarBody></MessageBar>
        )}
        {props.children}
      </div>
    </main>
  )
}

// next is where to go after signing in: a path of this site, never another site's address.
export function next(search: string): string {
  const to = new URLSearchParams(search).get('next') ?? '/'
  return /^\/(?![/\\])[\w./~-]*$/.test(to) ? to : '/'
}

// useSubmit runs the first proof of a form, and keeps what went wrong, or what is needed further.
function useSubmit(act: () => Promise<api.Step | undefined>, after: string) {
  const [step, setStep] = useState<api.Step>()
  const [busy, setBusy] = useState(false)
  const [trouble, setTrouble] = useState('')
  const run = async (what: () => Promise<api.Step | undefined>) => {
    setBusy(true)
    setTrouble('')
    try {
      const needed = await what()
      if (!needed) return location.replace(after)
      setStep(needed)
    } catch (x) {
      setTrouble((x as Error).message)
    }
    setBusy(false)
  }
  const submit = (e: FormEvent) => {
    e.preventDefault()
    void run(act)
  }
  return { busy, trouble, setTrouble, submit, run, step }
}

// Further asks for what a sign-in needs after the first proof.
function Further({ step, after }: { step: api.Step; after: string }) {
  const done = () => location.replace(after)
  return (
    <Card title={step.next === 'factor' ? 'Second factor' : 'Add a second factor'} trouble="">
      {step.next === 'factor' ? <SecondFactor step={step} onDone={done} /> : <Enrol step={step} onDone={done} />}
    </Card>
  )
}

// What went wrong at the provider, as it is told in the address.
const troubles: Record<string, string> = {
  'provider-away': 'The provider cannot be reached. Try again later, or sign in with a password.',
  'provider-failed': 'The provider did not vouch for you. An owner finds the reason in the audit trail.',
  'provider-expired': 'This sign-in was begun elsewhere, or took too long. Try again.',
  'provider-no-role': 'You are known to the provider, but have no role here. An owner gives roles to groups and app roles.',
  'provider-overage': 'You are in so many groups that the provider leaves them out. Ask for an app role of this application.',
  'provider-name-taken': 'Another account here has your name. An owner can remove it or rename it.',
  'provider-disabled': 'This account is disabled here.',
  'provider-one-factor': 'The provider asked you for one factor, and two are required here. Whoever manages the provider can have it ask for a second one.',
}

export function SignIn() {
  const s = useStyles()
  const [known, setKnown] = useState<api.Who>()
  const provider = known?.provider
  const here = known?.passkeys
  useEffect(() => {
    api.who().then(setKnown, () => undefined)
  }, [])
  const [upn, setUPN] = useState('')
  const [password, setPassword] = useState('')
  const form = useSubmit(async () => {
    try {
      return await api.signIn(upn, password)
    } finally {
      setPassword('')
    }
  }, next(location.search))
  if (form.step) return <Further step={form.step} after={next(location.search)} />
  return (
    <Card title="Sign in" trouble={form.trouble || (troubles[new URLSearchParams(location.search).get('trouble') ?? ''] ?? '')}>
      {provider && (
        <Button as="a" size="large" data-testid="provider" href={`/api/v1/auth/provider?next=${encodeURIComponent(next(location.search))}`}>
          Sign in with {plain(provider)}
        </Button>
      )}
      <form className={s.form} onSubmit={form.submit}>
        <Field label="Name" required>
          <Input id="upn" name="username" autoComplete="username" autoFocus placeholder="ada@example.com" value={upn}
            onChange={(_, d) => setUPN(d.value)} />
        </Field>
        <Field label="Password" required>
          <Input id="password" name="password" type="password" autoComplete="current-password" value={password}
            onChange={(_, d) => setPassword(d.value)} />
        </Field>
        <Button appearance="primary" type="submit" disabled={form.busy || !upn || !password}>
          {form.busy ? <Spinner size="tiny" label="Signing in" /> : 'Sign in'}
        </Button>
      </form>
      {here?.here && (
        <Button icon={<KeyRegular />} disabled={form.busy} data-testid="passkey"
          onClick={() => void form.run(async () => { await api.passkeySignIn(false); return undefined })}>
          Sign in with a passkey
        </Button>
      )}
      {here && !here.here && here.at && (
        <Caption1>Passkeys do not work at an address of numbers. With a passkey, sign in at <Link href={here.at + location.pathname + location.search}>{here.at}</Link>.</Caption1>
      )}
      <Body1>Cannot sign in? An owner can make you a new link: sleuth users link NAME.</Body1>
    </Card>
  )
}

// Welcome is where a one-time link leads: the first owner names themselves, anybody chooses a password.
export function Welcome() {
  const s = useStyles()
  const [link] = useState(() => location.hash.slice(1))
  const [who, setWho] = useState<api.Linked>()
  const [upn, setUPN] = useState('')
  const [name, setName] = useState('')
  const [password, setPassword] = useState('')
  const form = useSubmit(() => api.welcome(link, who?.first ? upn : '', who?.first ? name : '', password), '/')
  const { setTrouble } = form

  useEffect(() => {
    history.replaceState(null, '', '/welcome') // the link leaves the address bar
    api.lookAtLink(link).then(setWho, (e: unknown) => setTrouble((e as Error).message))
  }, [link, setTrouble])

  const short = password.length > 0 && [...password].length < 15
  if (form.step) return <Further step={form.step} after="/" />
  return (
    <Card title={who?.first ? 'Make the owner' : 'Choose your password'} trouble={form.trouble}>
      {who && (
        <form className={s.form} onSubmit={form.submit}>
          {who.first
            ? (
              <>
                <Body1>You will hold every permission, and can let others in.</Body1>
                <Field label="Name to sign in with" required>
                  <Input id="upn" name="username" autoComplete="username" autoFocus placeholder="ada@example.com" value={upn}
                    onChange={(_, d) => setUPN(d.value)} />
                </Field>
                <Field label="Display name" required>
                  <Input id="name" name="name" autoComplete="name" placeholder="Ada Berg" value={name} onChange={(_, d) => setName(d.value)} />
                </Field>
              </>
            )
            : (
              <Field label="Name to sign in with">
                <Input id="upn" name="username" autoComplete="username" readOnly value={plain(who.upn ?? '')} />
              </Field>
            )}
          <Field label="Password" required hint="At least 15 characters. A few words in a row are easiest."
            validationState={short ? 'warning' : 'none'} validationMessage={short ? `${[...password].length} of 15 characters` : undefined}>
            <Input id="password" name="password" type="password" autoComplete="new-password" value={password}
              onChange={(_, d) => setPassword(d.value)} />
          </Field>
          <Button appearance="primary" type="submit" disabled={form.busy || !password || short || (who.first && (!upn || !name))}>
            {form.busy ? <Spinner size="tiny" label="Working" /> : 'Sign in'}
          </Button>
        </form>
      )}
    </Card>
  )
}
