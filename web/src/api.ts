import * as passkeys from './passkeys'
import type { Answer, SessionInfo, StepEvent, Workspace } from './types'

export async function call<T>(path: string, init?: RequestInit): Promise<T> {
  const r = await fetch(path, init)
  if (r.ok) return (r.status === 204 ? undefined : await r.json()) as T
  const p = await problem(r)
  if (r.status === 401 && p.code === 'unauthorized' && path !== '/api/v1/auth/signin') {
    location.assign(`/signin?next=${encodeURIComponent(location.pathname)}`) // the sign-in has ended
  }
  throw p
}

// Problem is what the server says of a request that it does not do; code is for programs, the message for people.
export class Problem extends Error {
  constructor(message: string, readonly code: string, readonly body?: unknown) {
    super(message)
  }
}

async function problem(r: Response): Promise<Problem> {
  try {
    const body = (await r.json()) as { error?: { message?: string; code?: string } }
    if (body.error?.message) return new Problem(body.error.message, body.error.code ?? '', body)
  } catch {
    // not JSON: the status has to do
  }
  return new Problem(`${r.status} ${r.statusText}`, '')
}

export const json = (method: string, body: unknown): RequestInit => ({
  method,
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify(body),
})

// Who is signed in; by is "start" for the start token of the printed address.
export interface Who {
  by?: string
  provider?: string // by which people can sign in too
  passkeys?: Place // while nobody is signed in
  principal: { id: string; name: string; upn: string; roles: string[]; permissions: string[] } | null
}

// Linked is whom a one-time link is for.
export interface Linked {
  first: boolean
  upn?: string
  name?: string
}

export const who = () => call<Who>('/api/v1/auth')
export const signIn = (upn: string, password: string) => call<Step | undefined>('/api/v1/auth/signin', json('POST', { upn, password }))
export const signOut = () => call<void>('/api/v1/auth/signout', json('POST', {}))
export const lookAtLink = (link: string) => call<Linked>('/api/v1/auth/link', json('POST', { link }))
export const welcome = (link: string, upn: string, name: string, password: string) =>
  call<Step | undefined>('/api/v1/auth/welcome', json('POST', { link, upn, name, password }))

// Place says whether passkeys work at this address, and at which one they would.
export interface Place {
  here: boolean
  at?: string
}

// Step is what a sign-in still needs.
export type Step =
  | { next: 'factor'; authenticator: boolean; passkey: boolean; passkeysAt: string[]; recovery: boolean }
  | { next: 'enrol'; upn: string; passkeys: Place }

// Done is what came of a change: codes to show once, how many other sessions have ended.
export interface Done {
  recoveryCodes?: string[]
  ended?: number
}

export const factor = (code: string) => call<void>('/api/v1/auth/factor', json('POST', { code }))
export const recover = (recovery: string) => call<void>('/api/v1/auth/factor', json('POST', { recovery }))
export const passkeySignIn = async (second: boolean) => {
  const options = await call<passkeys.Request>('/api/v1/auth/passkey/begin', json('POST', { second }))
  return call<void>('/api/v1/auth/passkey', json('POST', { second, credential: await passkeys.get(options) }))
}

// Base is from where factors are added: a sign-in that needs one, or one's own account.
export type Base = '/api/v1/auth/enrol' | '/api/v1/auth/account'
export interface NewAuthenticator {
  secret: string
  uri: string
  qr: string
}
export const newAuthenticator = (base: Base) => call<NewAuthenticator>(`${base}/authenticator`, json('POST', {}))
export const confirmAuthenticator = (base: Base, code: string) => call<Done>(`${base}/authenticator/confirm`, json('POST', { code }))
export const addPasskey = async (base: Base, name: string) => {
  const options = await call<passkeys.Creation>(`${base}/passkeys/begin`, json('POST', {}))
  return call<Done>(`${base}/passkeys`, json('POST', { name, credential: await passkeys.create(options) }))
}

// Account is how somebody signs in, and where they are signed in.
export interface Account {
  local: boolean
  required: boolean
  provenUntil?: string
  authenticator?: { added: string; used?: string }
  passkeys: { id: string; name: string; address: string; here: boolean; added: string; used?: string }[]
  passkeysAt: Place
  recoveryCodes: number
  signIns: { id: string; here: boolean; device: string; clientIP: string; method: string; begun: string; seen: string }[]
  now: string
}

const mine = '/api/v1/auth/account'
export const account = () => call<Account>(mine)
export const changePassword = (current: string, password: string) => call<Done>('/api/v1/auth/password', json('POST', { current, password }))
export const prove = (password: string, code: string) => call<void>(`${mine}/proof`, json('POST', { password, code }))
export const proveByPasskey = async () => {
  const options = await call<passkeys.Request>(`${mine}/proof/passkey/begin`, json('POST', {}))
  return call<void>(`${mine}/proof/passkey`, json('POST', { credential: await passkeys.get(options) }))
}
// proofStands throws the problem that a change would meet where the last proof is too old.
export const proofStands = async () => {
  if (!(await account()).provenUntil) throw new Problem('Prove again that it is you.', 'proof')
}
export const newRecoveryCodes = () => call<Done>(`${mine}/recovery-codes`, json('POST', {}))
export const removeAuthenticator = () => call<Done>(`${mine}/authenticator`, { method: 'DELETE' })
export const removePasskey = (id: string) => call<Done>(`${mine}/passkeys/${id}`, { method: 'DELETE' })
export const endSignIn = (id: string) => call<Done>(`${mine}/signins/${id}`, { method: 'DELETE' })
export const endOtherSignIns = () => call<Done>(`${mine}/signins`, { method: 'DELETE' })

export const workspace = () => call<Workspace>('/api/v1/workspace')
export const starters = () => call<{ prompts: string[] }>('/api/v1/starters')
export const sessions = () => call<{ sessions: SessionInfo[] }>('/api/v1/sessions')
export const session = (id: string) => call<SessionInfo>(`/api/v1/sessions/${encodeURIComponent(id)}`)
export const remove = (id: string) => call<void>(`/api/v1/sessions/${encodeURIComponent(id)}`, { method: 'DELETE' })
export const rename = (id: string, title: string) =>
  call<void>(`/api/v1/sessions/${encodeURIComponent(id)}`, json('PATCH', { title }))

// ask sends one prompt and hands on each event of its stream; it returns the answer.
export async function ask(
  id: string, prompt: string, onStep: (e: StepEvent) => void, signal: AbortSignal,
): Promise<Answer> {
  const r = await fetch(`/api/v1/sessions/${encodeURIComponent(id)}/prompts`, { ...json('POST', { prompt }), signal })
  if (!r.ok || !r.body) throw await problem(r)
  const reader = r.body.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ''
  for (;;) {
    const { value, done } = await reader.read()
    if (done) throw new Error('the answer ended before it was complete; ask again')
    const parts = (rest + value).split('\n')
    rest = parts.pop() ?? ''
    for (const line of parts) {
      const e = JSON.parse(line) as StepEvent | { type: 'answer'; answer: Answer } | { type: 'error'; message: string }
      if (e.type === 'answer') return e.answer
      if (e.type === 'error') throw new Error(e.message)
      onStep(e)
    }
  }
}
