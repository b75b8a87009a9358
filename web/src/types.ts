// The objects of the API: ask-json.md's answer, sessions, and the workspace's description.

export type Cell = string | number | boolean | null | object

export interface Table {
  columns: { name: string; type: string }[]
  rows: Cell[][]
  total: number
}

export interface Step {
  skill: string
  inputs: Record<string, unknown>
  source: string
  query: string
  rows: number
  elapsedMs: number
  table?: Table
}

export interface Coverage {
  table: string
  source?: string
  from?: string
  to?: string
  lastEvent?: string
  rowCap?: number
  missing?: string[]
  licence?: string
  latency?: string
}

export interface Citation {
  sentence: number
  step: number
  rows: number[]
}

export type Outcome =
  | 'answered' | 'not_found' | 'ambiguous' | 'unsupported' | 'needs_confirmation' | 'refused' | 'error'

// Plan is what an action would do. Nothing is done without a person's confirmation.
export interface Plan {
  skill: string
  inputs: Record<string, unknown>
  does: string
  request: string
  permission: string
  roles: string[]
  undo: string
  effectOnRisk: string
  danger: 'low' | 'medium' | 'high'
}

export interface Answer {
  outcome: Outcome
  text: string
  sentences?: string[]
  steps?: Step[]
  table?: Table
  coverage?: Coverage[]
  citations?: Citation[]
  suggestions?: string[]
  sessionId?: string
  promptId?: string
  action?: Plan
  furtherActions?: Plan[]
}

export interface Prompt {
  promptId: string
  prompt: string
  at: string
  answer: Answer | null
}

export interface SessionInfo {
  id: string
  title: string
  createdAt: string
  updatedAt: string
  prompts?: Prompt[]
}

export interface TableInfo {
  name: string
  rows: number
  firstEvent?: string
  lastEvent?: string
}

export interface Workspace {
  name: string
  tenantId: string
  kind: 'live' | 'imported' | 'demo'
  lastEvent?: string
  tables: TableInfo[]
  now: string
}

export interface StepEvent {
  type: 'step' | 'stepDone'
  skill: string
  rows: number
  elapsedMs: number
}
