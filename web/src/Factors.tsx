import {
  Body1, Button, Caption1, Field, Image, Input, Link, MessageBar, MessageBarBody, Spinner, Subtitle2, makeStyles, tokens,
} from '@fluentui/react-components'
import { CopyRegular, KeyRegular, PhoneRegular } from '@fluentui/react-icons'
import { useState, type FormEvent } from 'react'
import * as api from './api'
import { plain } from './text'

const useStyles = makeStyles({
  form: { display: 'flex', flexDirection: 'column', gap: '16px' },
  row: { display: 'flex', gap: '8px', flexWrap: 'wrap' },
  qr: { alignSelf: 'center', backgroundColor: '#fff', padding: '8px', borderRadius: tokens.borderRadiusMedium },
  code: { fontFamily: tokens.fontFamilyMonospace, overflowWrap: 'anywhere' },
  codes: { fontFamily: tokens.fontFamilyMonospace, margin: 0, padding: '12px', backgroundColor: tokens.colorNeutralBackground2, lineHeight: '24px', userSelect: 'all' },
})

export function Trouble({ text }: { text: string }) {
  return text === '' ? null : (
    <MessageBar intent="error" role="alert" layout="multiline"><MessageBarBody data-testid="trouble">{plain(text)}</MessageBarBody></MessageBar>
  )
}

// useWork runs one thing at a time and keeps what went wrong.
export function useWork() {
  const [busy, setBusy] = useState(false)
  const [trouble, setTrouble] = useState('')
  const work = async (act: () => Promise<void>) => {
    setBusy(true)
    setTrouble('')
    try {
      await act()
    } catch (e) {
      setTrouble((e as Error).message)
    }
    setBusy(false)
  }
  const submit = (act: () => Promise<void>) => (e: FormEvent) => {
    e.preventDefault()
    void work(act)
  }
  return { busy, trouble, work, submit }
}

export function CodeField(props: { value: string; set: (v: string) => void; label?: string; focus?: boolean }) {
  return (
    <Field label={props.label ?? 'Code of your authenticator app'} required hint="6 digits; a new code every 30 seconds.">
      <Input id="code" name="code" inputMode="numeric" autoComplete="one-time-code" maxLength={9} autoFocus={props.focus} value={props.value}
        onChange={(_, d) => props.set(d.value)} />
    </Field>
  )
}

// SecondFactor asks for what comes after the password.
export function SecondFactor({ step, onDone }: { step: api.Step & { next: 'factor' }; onDone: () => void }) {
  const s = useStyles()
  const { busy, trouble, work, submit } = useWork()
  const [code, setCode] = useState('')
  const [lost, setLost] = useState(false)
  const elsewhere = [...new Set(step.passkeysAt)].join(', ')
  if (lost) {
    return (
      <form className={s.form} onSubmit={submit(async () => { await api.recover(code); onDone() })}>
        <Trouble text={trouble} />
        <Field label="Recovery code" required hint="One of the ten that were shown when you added your first second factor. Each is good once.">
          <Input id="recovery" autoComplete="off" autoFocus placeholder="XXXXX-XXXXX-XXXXX-XXXXX-XXXXX" value={code} onChange={(_, d) => setCode(d.value)} />
        </Field>
        <Button appearance="primary" type="submit" disabled={busy || code === ''}>{busy ? <Spinner size="tiny" label="Checking" /> : 'Sign in'}</Button>
        <Body1>No recovery code either? On the machine that runs Sleuth, sleuth users reset-factors NAME prints a new link.</Body1>
      </form>
    )
  }
  return (
    <div className={s.form}>
      <Trouble text={trouble} />
      {step.passkey && (
        <Button size="large" icon={<KeyRegular />} appearance={step.authenticator ? 'secondary' : 'primary'} disabled={busy} data-testid="use-passkey"
          onClick={() => void work(async () => { await api.passkeySignIn(true); onDone() })}>
          Use a passkey
        </Button>
      )}
      {step.authenticator && (
        <form className={s.form} onSubmit={submit(async () => { await api.factor(code); onDone() })}>
          <CodeField value={code} set={setCode} focus />
          <Button appearance="primary" type="submit" disabled={busy || code === ''}>{busy ? <Spinner size="tiny" label="Checking" /> : 'Sign in'}</Button>
        </form>
      )}
      {elsewhere !== '' && <Caption1>Your passkeys for {plain(elsewhere)} work at that address only.</Caption1>}
      {step.recovery && <Link as="button" onClick={() => { setCode(''); setLost(true) }} data-testid="lost">Use a recovery code</Link>}
    </div>
  )
}

// AddAuthenticator shows the secret of a new authenticator app and takes its first code.
export function AddAuthenticator({ base, made, onDone }: { base: api.Base; made: api.NewAuthenticator; onDone: (d: api.Done) => void }) {
  const s = useStyles()
  const { busy, trouble, submit } = useWork()
  const [code, setCode] = useState('')
  return (
    <form className={s.form} onSubmit={submit(async () => onDone(await api.confirmAuthenticator(base, code)))}>
      <Trouble text={trouble} />
      <Body1>Scan the picture with an authenticator app, or type the secret into it. Then give the code that it shows.</Body1>
      <Image className={s.qr} src={made.qr} alt="The secret as a QR code" width={240} height={240} />
      <div>
        <Caption1 block>Secret, for typing</Caption1>
        <span className={s.code} data-testid="secret">{made.secret.replace(/(.{4})(?=.)/g, '$1 ')}</span>
      </div>
      <CodeField value={code} set={setCode} label="First code" focus />
      <Button appearance="primary" type="submit" disabled={busy || code === ''} data-testid="confirm-authenticator">
        {busy ? <Spinner size="tiny" label="Checking" /> : 'Add authenticator app'}
      </Button>
    </form>
  )
}

// AddPasskey names a new passkey and asks the device for it.
export function AddPasskey({ base, onDone }: { base: api.Base; onDone: (d: api.Done) => void }) {
  const s = useStyles()
  const { busy, trouble, submit } = useWork()
  const [name, setName] = useState('')
  return (
    <form className={s.form} onSubmit={submit(async () => onDone(await api.addPasskey(base, name)))}>
      <Trouble text={trouble} />
      <Field label="Name of the passkey" hint="Such as the device it is on. Empty: the browser's name.">
        <Input id="passkey-name" autoComplete="off" maxLength={100} autoFocus value={name} onChange={(_, d) => setName(d.value)} />
      </Field>
      <Button appearance="primary" type="submit" disabled={busy} data-testid="create-passkey">
        {busy ? <Spinner size="tiny" label="Waiting for the device" /> : 'Add passkey'}
      </Button>
    </form>
  )
}

// Enrol lets somebody add their first second factor before they are signed in.
export function Enrol({ step, onDone }: { step: api.Step & { next: 'enrol' }; onDone: () => void }) {
  const s = useStyles()
  const { busy, trouble, work } = useWork()
  const [made, setMade] = useState<api.NewAuthenticator>()
  const [passkey, setPasskey] = useState(false)
  const [codes, setCodes] = useState<string[]>()
  const done = (d: api.Done) => (d.recoveryCodes ? setCodes(d.recoveryCodes) : onDone())
  const base = '/api/v1/auth/enrol'
  if (codes) return <RecoveryCodes codes={codes} onDone={onDone} button="Continue" />
  if (made) return <AddAuthenticator base={base} made={made} onDone={done} />
  if (passkey) return <AddPasskey base={base} onDone={done} />
  return (
    <div className={s.form}>
      <Trouble text={trouble} />
      <Body1>A password alone is not enough here. Add a second factor for {plain(step.upn)}; later you can add more.</Body1>
      <Button size="large" icon={<KeyRegular />} disabled={!step.passkeys.here} onClick={() => setPasskey(true)} data-testid="enrol-passkey">
        Passkey: fingerprint, face, PIN or security key
      </Button>
      {!step.passkeys.here && (
        <Caption1>
          {step.passkeys.at
            ? <>Passkeys belong to a name, and this address is none. For a passkey, open <Link href={`${step.passkeys.at}/signin`}>{step.passkeys.at}</Link> and sign in there.</>
            : 'Passkeys belong to a name, and this address is none: Sleuth has to be served with --name.'}
        </Caption1>
      )}
      <Button size="large" icon={<PhoneRegular />} disabled={busy} data-testid="enrol-authenticator"
        onClick={() => void work(async () => setMade(await api.newAuthenticator(base)))}>
        Authenticator app: a code of 6 digits
      </Button>
    </div>
  )
}

// RecoveryCodes shows recovery codes, this once.
export function RecoveryCodes({ codes, onDone, button }: { codes: string[]; onDone: () => void; button: string }) {
  const s = useStyles()
  const [copied, setCopied] = useState(false)
  const { trouble, work } = useWork()
  return (
    <div className={s.form} data-testid="recovery-codes">
      <Subtitle2 as="h2">Recovery codes</Subtitle2>
      <Body1>Each lets you in once in place of your second factor. Keep them where you do not keep the device. They are shown only now.</Body1>
      <pre className={s.codes}>{codes.join('\n')}</pre>
      <Trouble text={trouble} />
      <div className={s.row}>
        {navigator.clipboard && (
          <Button icon={<CopyRegular />} onClick={() => void work(async () => { await navigator.clipboard.writeText(codes.join('\n')); setCopied(true) })}>
            {copied ? 'Copied' : 'Copy'}
          </Button>
        )}
        <Button appearance="primary" onClick={onDone} data-testid="codes-kept">{button}</Button>
      </div>
    </div>
  )
}
