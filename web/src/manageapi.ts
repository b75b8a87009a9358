import { call, json } from './api'

// Person is somebody who may sign in, as those who manage people see them.
export interface Person {
  id: string
  upn: string
  name: string
  roles: string[]
  state: 'enabled' | 'disabled' | 'invited'
  signsIn: string[] // "password", and the issuers of OpenID Connect providers
  createdAt: string
  lastSignIn: string | null
  lastMethod?: string
  sessions: number
}

export interface Role { name: string; for: string; permissions: string[] }
export interface Permission { name: string; does: string }

export interface Token {
  id: string
  upn: string
  name: string
  scopes: string[]
  createdAt: string
  expiresAt: string
  lastUsedAt: string | null
}

export interface Setting {
  name: string
  group: string
  type: 'bool' | 'duration' | 'count' | 'size' | 'choice' | 'text' | 'list'
  choices?: string[] // of a choice
  default: string
  doc: string
  allowed: string
  value: string
  atStart?: boolean
  changedBy?: string
  changedByName?: string
  changedAt?: string
  flag?: string // of the command line, which decides while the server runs
  inForce?: string
}

export interface Secret {
  name: string
  group: string
  doc: string
  atStart?: boolean
  set: boolean
  flag?: string // of the command line, whose secret is used while the server runs
}

// Settings are what an owner sets; missing is what the OpenID Connect provider that is named still needs.
export interface Settings { settings: Setting[]; secrets: Secret[]; missing?: string[] }

export interface Kept {
  table: string
  rows: number
  firstEvent?: string
  lastEvent?: string
  days: number // 0: without an end
  archiveDays: number
}

export interface Link { link: string; hours: number }

const of = encodeURIComponent

export const roles = () => call<{ roles: Role[]; permissions: Permission[] }>('/api/v1/roles')
export const people = () => call<{ people: Person[] }>('/api/v1/people')
export const addPerson = (upn: string, name: string, list: string[]) =>
  call<Link & { person: Person }>('/api/v1/people', json('POST', { upn, name, roles: list }))
export const setRoles = (id: string, list: string[]) => call<void>(`/api/v1/people/${of(id)}`, json('PATCH', { roles: list }))
export const setDisabled = (id: string, disabled: boolean) => call<void>(`/api/v1/people/${of(id)}`, json('PATCH', { disabled }))
export const removePerson = (id: string) => call<void>(`/api/v1/people/${of(id)}`, { method: 'DELETE' })
export const newLink = (id: string) => call<Link>(`/api/v1/people/${of(id)}/link`, json('POST', {}))
export const endSessions = (id: string) => call<void>(`/api/v1/people/${of(id)}/end-sessions`, json('POST', {}))

export const ownTokens = () => call<{ tokens: Token[] }>('/api/v1/tokens')
export const allTokens = () => call<{ tokens: Token[] }>('/api/v1/people/tokens')
export const addToken = (name: string, scopes: string[], days: number) =>
  call<{ token: string; about: Token }>('/api/v1/tokens', json('POST', { name, scopes, days }))
export const removeOwnToken = (id: string) => call<void>(`/api/v1/tokens/${of(id)}`, { method: 'DELETE' })
export const removeToken = (id: string) => call<void>(`/api/v1/people/tokens/${of(id)}`, { method: 'DELETE' })

export const settings = () => call<Settings>('/api/v1/settings')
export const setSetting = (name: string, saw: string, value: string) =>
  call<Setting>(`/api/v1/settings/${of(name)}`, json('PUT', { saw, value }))
export const unsetSetting = (name: string, saw: string) => call<Setting>(`/api/v1/settings/${of(name)}`, json('PUT', { saw, unset: true }))

export const setSecret = (name: string, value: string) => call<void>(`/api/v1/settings/secrets/${of(name)}`, json('PUT', { value }))
export const removeSecret = (name: string) => call<void>(`/api/v1/settings/secrets/${of(name)}`, { method: 'DELETE' })

export const retention = () => call<{ tables: Kept[] }>('/api/v1/retention')
export const setRetention = (table: string, days: number, archiveDays: number) =>
  call<void>(`/api/v1/retention/${of(table)}`, json('PUT', { days, archiveDays }))

// Use is what was used; what the report does not tell apart is missing.
export interface Use {
  day?: string
  personId?: string
  person?: string
  session?: string
  category?: string
  experience?: string
  prompts: number
  queries: number
  seconds: number
  skills: string[]
}

// Usage is what was used between two days of UTC, and what one person may use in a day; 0 sets no limit.
export interface Usage { from: string; to: string; budgets: { prompts: number; queries: number; querySeconds: number }; rows: Use[] }

export const usage = (days: number, by: string) => call<Usage>(`/api/v1/usage?days=${days}&by=${of(by)}`)
