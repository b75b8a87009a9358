// Passkeys of the browser (https://www.w3.org/TR/webauthn-3/), between the JSON of the server and the bytes of the browser.

interface Descriptor { id: string; type: 'public-key'; transports?: AuthenticatorTransport[] }

// Creation asks for a new passkey, Request for the use of one.
export interface Creation {
  publicKey: Omit<PublicKeyCredentialCreationOptions, 'challenge' | 'user' | 'excludeCredentials'> & {
    challenge: string
    user: { id: string; name: string; displayName: string }
    excludeCredentials?: Descriptor[]
  }
}
export interface Request {
  publicKey: Omit<PublicKeyCredentialRequestOptions, 'challenge' | 'allowCredentials'> & { challenge: string; allowCredentials?: Descriptor[] }
}

function bytes(text: string): Uint8Array<ArrayBuffer> {
  const raw = atob(text.replace(/-/g, '+').replace(/_/g, '/'))
  return Uint8Array.from(raw, (c) => c.charCodeAt(0))
}

function text(b: ArrayBuffer): string {
  return btoa(String.fromCharCode(...new Uint8Array(b))).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '')
}

const known = (list?: Descriptor[]) => list?.map((d) => ({ ...d, id: bytes(d.id) }))

// What the browser says when it gives no passkey, in words.
function explained(e: unknown): Error {
  const name = e instanceof DOMException ? e.name : ''
  if (name === 'NotAllowedError') return new Error('No passkey was used: it was cancelled, or took too long.')
  if (name === 'InvalidStateError') return new Error('This device has a passkey for your account already.')
  if (name === 'SecurityError') return new Error('The browser uses no passkeys at this address: open it by its name, over HTTPS.')
  return e as Error
}

const absent = () => new Error('This browser has no passkeys, or uses none at this address.')

export async function create(o: Creation): Promise<unknown> {
  if (!navigator.credentials || !window.PublicKeyCredential) throw absent()
  const p = o.publicKey
  let made: PublicKeyCredential
  try {
    made = (await navigator.credentials.create({
      publicKey: { ...p, challenge: bytes(p.challenge), user: { ...p.user, id: bytes(p.user.id) }, excludeCredentials: known(p.excludeCredentials) },
    })) as PublicKeyCredential
  } catch (e) {
    throw explained(e)
  }
  const r = made.response as AuthenticatorAttestationResponse
  return {
    id: made.id, rawId: text(made.rawId), type: made.type, authenticatorAttachment: made.authenticatorAttachment ?? undefined, clientExtensionResults: {},
    response: { clientDataJSON: text(r.clientDataJSON), attestationObject: text(r.attestationObject), transports: r.getTransports() },
  }
}

export async function get(o: Request): Promise<unknown> {
  if (!navigator.credentials || !window.PublicKeyCredential) throw absent()
  const p = o.publicKey
  let used: PublicKeyCredential
  try {
    used = (await navigator.credentials.get({
      publicKey: { ...p, challenge: bytes(p.challenge), allowCredentials: known(p.allowCredentials) },
    })) as PublicKeyCredential
  } catch (e) {
    throw explained(e)
  }
  const r = used.response as AuthenticatorAssertionResponse
  return {
    id: used.id, rawId: text(used.rawId), type: used.type, authenticatorAttachment: used.authenticatorAttachment ?? undefined, clientExtensionResults: {},
    response: {
      clientDataJSON: text(r.clientDataJSON), authenticatorData: text(r.authenticatorData), signature: text(r.signature),
      userHandle: r.userHandle ? text(r.userHandle) : undefined,
    },
  }
}
