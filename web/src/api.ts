import type { Answer, SessionInfo, StepEvent, Workspace } from './types'

async function call<T>(path: string, init?: RequestInit): Promise<T> {
  const r = await fetch(path, init)
  if (r.status === 401 && !path.startsWith('/api/v1/auth')) {
    location.assign(`/signin?next=${encodeURIComponent(location.pathname)}`) // the sign-in has ended
  }
  if (!r.ok) throw new Error(await problem(r))
  return (r.status === 204 ? undefined : await r.json()) as T
}

async function problem(r: Response): Promise<string> {
  try {
    const body = (await r.json()) as { error?: { message?: string } }
    if (body.error?.message) return body.error.message
  } catch {
    // not JSON: the status has to do
  }
  return `${r.status} ${r.statusText}`
}

const json = (method: string, body: unknown): RequestInit => ({
  method,
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify(body),
})

// Who is signed in; by is "start" for the start token of the printed address.
export interface Who {
  by?: string
  provider?: string // by which people can sign in too
  principal: { id: string; name: string; upn: string; roles: string[]; permissions: string[] } | null
}

// Linked is whom a one-time link is for.
export interface Linked {
  first: boolean
  upn?: string
  name?: string
}

export const who = () => call<Who>('/api/v1/auth')
export const signIn = (upn: string, password: string) => call<void>('/api/v1/auth/signin', json('POST', { upn, password }))
export const signOut = () => call<void>('/api/v1/auth/signout', json('POST', {}))
export const changePassword = (current: string, password: string) =>
  call<void>('/api/v1/auth/password', json('POST', { current, password }))
export const lookAtLink = (link: string) => call<Linked>('/api/v1/auth/link', json('POST', { link }))
export const welcome = (link: string, upn: string, name: string, password: string) =>
  call<void>('/api/v1/auth/welcome', json('POST', { link, upn, name, password }))

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
  if (!r.ok || !r.body) throw new Error(await problem(r))
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
