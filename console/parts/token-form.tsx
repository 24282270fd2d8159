import { useEffect, useRef, useState } from 'preact/hooks'
import type { Problem } from '../door/shapes.js'
import { Mark } from './mark.js'

export interface TokenFormProps {
  /** Why the last token did not do. */
  readonly refused: Problem | null
  readonly submit: (token: string) => void
}

/** Asks for the token. The form is never sent: the policy of the page forbids it too. */
export function TokenForm({ refused, submit }: TokenFormProps) {
  const [token, setToken] = useState('')
  useEffect(() => {
    document.title = 'Sallyport'
  }, [])
  const look = (event: Event): void => {
    event.preventDefault()
    if (token.trim() !== '') submit(token.trim())
  }
  return (
    <main class="entrance">
      <form class="card entrance-card" onSubmit={look}>
        <h1 class="brand">
          <Mark />
          Sallyport
        </h1>
        <p class="soft">Where the schema stands, what is running, and who changed it last.</p>
        <TokenField token={token} change={setToken} invalid={refused !== null} />
        <p class="refused" role="alert">
          {refused && sentenceOf(refused)}
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
          autocomplete="off"
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

function sentenceOf({ code, detail, status, retryAfter }: Problem): string {
  if (code === 'unauthorized' || code === 'bad_request') return 'This token is not accepted.'
  if (code === 'too_many_attempts')
    return `Too many wrong tokens from your address. Try again in ${retryAfter ?? 60} s.`
  if (code === 'forbidden') return 'Your address is no longer on the allowlist.'
  return status === 0 ? 'The door does not answer.' : detail
}
