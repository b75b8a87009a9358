import type { ComponentType } from 'react'
import { Account } from './Account'
import type { Who } from './api'
import { Settings } from './Settings'

// PageProps are what every page gets: who is signed in, once that is known, its address, and how to go to another.
export interface PageProps {
  me?: Who
  address: string
  open: (address: string) => void
}

// pages are the views beside the sessions, by the first part of their address. The server answers each address too.
const pages: Record<string, ComponentType<PageProps>> = {
  account: Account,
  settings: Settings,
}

// pageOf is the page of an address, if it is not a session's.
export const pageOf = (address: string): ComponentType<PageProps> | undefined => pages[address.split('/')[1] ?? '']
