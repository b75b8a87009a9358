import type { ComponentType } from 'react'
import { Account } from './Account'
import type { Who } from './api'

// PageProps are what every page gets: who is signed in, once that is known.
export interface PageProps {
  me?: Who
}

// pages are the views beside the sessions, by the path of their address. The server answers each path too.
export const pages: Record<string, ComponentType<PageProps>> = {
  '/account': Account,
}
