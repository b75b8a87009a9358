// Text out of logs is only text. Characters that could disguise a name are drawn as their code point.
const disguise = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g

export function plain(s: string): string {
  return s.replace(disguise, (c) => `‹U+${c.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}›`)
}

const dateTime = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(\.\d+)?Z$/

// moment shortens a datetime to the second for a grid; the full precision stays in the title.
export function moment(s: string): string {
  const m = dateTime.exec(s)
  return m ? `${m[1]} ${m[2]}Z` : s
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

// chrome is a time as the frame of the page shows it: 13 Nov 12:00Z, with the year when it is not this one.
export function chrome(s: string | undefined, now: string): string {
  const m = s ? /^(\d{4})-(\d\d)-(\d\d)T(\d\d:\d\d)/.exec(s) : null
  if (!m) return ''
  const year = m[1] === now.slice(0, 4) ? '' : ` ${m[1]}`
  return `${Number(m[3])} ${months[Number(m[2]) - 1]}${year} ${m[4]}Z`
}

export function grouped(n: number): string {
  return n > 9999 ? String(n).replace(/\B(?=(\d{3})+$)/g, '\u202f') : String(n)
}

export function local(s: string): string {
  const t = Date.parse(s)
  return Number.isNaN(t) ? '' : new Date(t).toLocaleString(undefined, { timeZoneName: 'short' })
}

export function cellText(c: unknown): string {
  if (c === null || c === undefined) return ''
  if (typeof c === 'object') return JSON.stringify(c)
  return String(c)
}

// sentences divides an answer's text where a citation can hang: after a full stop, question or exclamation mark that
// is followed by a blank and a capital, digit or quote. It is used only when the answer does not bring its own.
export function sentences(text: string): string[] {
  return text.split(/(?<=[.!?])\s+(?=[\p{Lu}\d"'‹])/u).filter((s) => s !== '')
}

// methods are the ways to sign in, in words.
const methods: Record<string, string> = {
  password: 'password', authenticator: 'authenticator app', passkey: 'passkey', recoveryCode: 'recovery code', link: 'one-time link', oidc: 'provider',
  mfa: 'second factor there', 'oidc:one': 'provider, one factor',
}

// worded is how somebody signed in, in words.
export const worded = (method: string) => method.split('+').map((m) => methods[m] ?? plain(m)).join(' and ')

// sentence begins a message with a capital, unless it begins with a name such as clients.maxTime.
export const sentence = (s: string) => (/^[a-z]+ /.test(s) ? s[0]!.toUpperCase() + s.slice(1) : s)
