import { Body1, Button, Dialog, DialogActions, DialogBody, DialogContent, DialogSurface, DialogTitle, Field, Input, Spinner, makeStyles } from '@fluentui/react-components'
import { KeyRegular } from '@fluentui/react-icons'
import { useState } from 'react'
import * as api from './api'
import { CodeField, Trouble, useWork } from './Factors'

const useStyles = makeStyles({
  form: { display: 'flex', flexDirection: 'column', gap: '12px', maxWidth: '400px' },
})

// Proof asks again who it is, before something changes who gets in.
export function Proof({ state, onDone, onClose }: { state: api.Account; onDone: () => void; onClose: () => void }) {
  const s = useStyles()
  const { busy, trouble, work, submit } = useWork()
  const [password, setPassword] = useState('')
  const [code, setCode] = useState('')
  const passkey = state.passkeys.some((k) => k.here)
  const typed = state.local && (state.authenticator !== undefined || state.passkeys.length === 0)
  return (
    <Dialog open onOpenChange={(_, d) => !d.open && onClose()}>
      <DialogSurface data-testid="proof"><DialogBody>
        <DialogTitle>Prove again that it is you</DialogTitle>
        <DialogContent className={s.form}>
          <Body1>What changes who gets in takes a proof of the last 10 minutes.</Body1>
          <Trouble text={trouble} />
          {passkey && (
            <Button icon={<KeyRegular />} disabled={busy} data-testid="prove-passkey" appearance={typed ? 'secondary' : 'primary'}
              onClick={() => void work(async () => { await api.proveByPasskey(); onDone() })}>
              Use a passkey
            </Button>
          )}
          {typed && (
            <form className={s.form} onSubmit={submit(async () => { await api.prove(password, code); onDone() })}>
              <Field label="Password" required>
                <Input id="proof-password" type="password" autoComplete="current-password" autoFocus value={password} onChange={(_, d) => setPassword(d.value)} />
              </Field>
              {state.authenticator && <CodeField value={code} set={setCode} />}
              <Button appearance="primary" type="submit" disabled={busy || !password || (state.authenticator !== undefined && !code)}>
                {busy ? <Spinner size="tiny" label="Checking" /> : 'Continue'}
              </Button>
            </form>
          )}
          {!passkey && !typed && <Body1>{state.local ? 'Your passkeys belong to another address.' : 'You sign in by a provider.'} Sign out and in again, and return within 10 minutes.</Body1>}
        </DialogContent>
        <DialogActions><Button onClick={onClose}>Cancel</Button></DialogActions>
      </DialogBody></DialogSurface>
    </Dialog>
  )
}
