import { Body1, Button, Field, Input, MessageBar, MessageBarBody, Spinner, Subtitle2, Title3, makeStyles, tokens } from '@fluentui/react-components'
import { useState, type FormEvent } from 'react'
import * as api from './api'
import type { PageProps } from './pages'
import { plain } from './text'

const useStyles = makeStyles({
  page: { overflowY: 'auto', padding: '24px', display: 'flex', flexDirection: 'column', gap: '24px' },
  card: {
    maxWidth: '720px', padding: '16px', display: 'flex', flexDirection: 'column', gap: '12px', backgroundColor: tokens.colorNeutralBackground1,
    border: `1px solid ${tokens.colorNeutralStroke2}`, borderRadius: tokens.borderRadiusMedium,
  },
  form: { display: 'flex', flexDirection: 'column', gap: '12px', maxWidth: '400px', alignItems: 'stretch' },
})

// Account is how somebody signs in: their own page.
export function Account({ me }: PageProps) {
  const s = useStyles()
  return (
    <div className={s.page}>
      <div>
        <Title3 as="h1" block>Your account</Title3>
        {me?.principal && <Body1>{plain(me.principal.name)} · {plain(me.principal.upn)} · {me.principal.roles.join(', ')}</Body1>}
      </div>
      <Password />
    </div>
  )
}

function Password() {
  const s = useStyles()
  const [present, setPresent] = useState('')
  const [next, setNext] = useState('')
  const [busy, setBusy] = useState(false)
  const [said, setSaid] = useState<{ text: string; bad: boolean }>()
  const short = next.length > 0 && [...next].length < 15
  const submit = async (e: FormEvent) => {
    e.preventDefault()
    setBusy(true)
    setSaid(undefined)
    try {
      await api.changePassword(present, next)
      setNext('')
      setSaid({ text: 'The password is changed. Your other sessions have ended.', bad: false })
    } catch (x) {
      setSaid({ text: (x as Error).message, bad: true })
    }
    setPresent('')
    setBusy(false)
  }
  return (
    <section className={s.card} aria-label="Password">
      <Subtitle2 as="h2">Password</Subtitle2>
      {said && (
        <MessageBar intent={said.bad ? 'error' : 'success'} role={said.bad ? 'alert' : 'status'} layout="multiline">
          <MessageBarBody data-testid="password-said">{plain(said.text)}</MessageBarBody>
        </MessageBar>
      )}
      <form className={s.form} onSubmit={(e) => void submit(e)}>
        <Field label="Present password" required>
          <Input id="present" type="password" autoComplete="current-password" value={present} onChange={(_, d) => setPresent(d.value)} />
        </Field>
        <Field label="New password" required hint="At least 15 characters. A few words in a row are easiest."
          validationState={short ? 'warning' : 'none'} validationMessage={short ? `${[...next].length} of 15 characters` : undefined}>
          <Input id="newpassword" type="password" autoComplete="new-password" value={next} onChange={(_, d) => setNext(d.value)} />
        </Field>
        <div>
          <Button type="submit" disabled={busy || !present || !next || short} data-testid="change-password">
            {busy ? <Spinner size="tiny" label="Working" /> : 'Change password'}
          </Button>
        </div>
      </form>
    </section>
  )
}
