import { useEffect, useRef, useState } from 'preact/hooks'
import type { Problem } from '../door/shapes.js'
import { Mark } from './mark.js'

/** Why a token does not do. */
export interface Refusal {
  readonly problem: Problem
  /** It did until now. */
  readonly before: boolean
}

export interface TokenFormProps {
  /** Why the last token did not do. */
  readonly refused: Refusal | null
  readonly submit: (token: string) => void
}

/** What a bearer token may hold (RFC 6750 §2.1); nothing else can be sent, or be right. */
const sendable = /^[A-Za-z0-9._~+/-]+=*$/

/** Asks for the token. The form is never sent: the policy of the page forbids it too. */
export function TokenForm({ refused, submit }: TokenFormProps) {
  const [token, setToken] = useState('')
  const [why, setWhy] = useState(refused && sentenceOf(refused))
  useEffect(() => {
    document.title = 'Sallyport'
  }, [])
  const look = (event: Event): void => {
    event.preventDefault()
    const typed = token.trim()
    if (sendable.test(typed)) submit(typed)
    else setWhy(typed === '' ? why : unsendable)
  }
  return (
    <main class="entrance">
      <form class="card entrance-card" onSubmit={look}>
        <h1 class="brand">
          <Mark />
          Sallyport
        </h1>
        <p class="soft">Where the schema stands, what is running, and who changed it last.</p>
        <TokenField token={token} change={setToken} invalid={why !== null} />
        <p class="refused" role="alert">
          {why}
        </p>
        <p id="token-note" class="soft small">
          <code>MIGRATION_READ_SECRET</code> is enough: this page only looks. It keeps the token in memory,
          stores it nowhere, and forgets it when you reload.
        </p>
      </form>
    </main>
  )
}

interface TokenFieldProps {
  readonly token: string
  readonly change: (token: string) => void
  readonly invalid: boolean
}

// Browsers ignore `off` on such a field; what is a code for once they neither fill in nor offer to keep.
function TokenField({ token, change, invalid }: TokenFieldProps) {
  const field = useRef<HTMLInputElement>(null)
  useEffect(() => field.current?.focus(), [])
  return (
    <>
      <label class="field-label" for="token">
        Read secret
      </label>
      <div class="field-row">
        <input
          ref={field}
          id="token"
          class="field"
          type="password"
          autocomplete="one-time-code"
          autocapitalize="off"
          spellcheck={false}
          required
          aria-describedby="token-note"
          aria-invalid={invalid}
          value={token}
          onInput={(event) => change(event.currentTarget.value)}
        />
        <button class="button button-strong" type="submit">
          Look
        </button>
      </div>
    </>
  )
}

const unsendable =
  'No token looks like this: it is letters, digits and - . _ ~ + / alone, with = at most at its end.'

function sentenceOf({ problem: { code, detail, status }, before }: Refusal): string {
  if (code === 'unauthorized' || code === 'bad_request')
    return before ? 'The token is no longer accepted.' : 'This token is not accepted.'
  if (code === 'too_many_attempts')
    return 'This token is not accepted, and too many wrong ones came from your address. The right one is let in at any time.'
  if (code === 'forbidden') return 'Your address is no longer on the allowlist.'
  return status === 0 ? 'The door does not answer.' : detail
}
