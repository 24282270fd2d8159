import { useCallback, useEffect, useMemo, useState } from 'preact/hooks'
import { createClient } from '../door/client.js'
import { observe, type Observer } from '../watch/observer.js'
import { nothingSeen, type Seen } from '../watch/seen.js'
import { Overview } from './overview.js'
import { TokenForm, type Refusal } from './token-form.js'

/** The token lives in this component's state, and is gone with the page. */
export function App({ page }: { readonly page: string }) {
  const [token, setToken] = useState<string | null>(null)
  const [refused, setRefused] = useState<Refusal | null>(null)
  const forget = useCallback((why: Refusal | null) => {
    setToken(null)
    setRefused(why)
  }, [])
  if (token === null) return <TokenForm refused={refused} submit={setToken} />
  return <Watching token={token} page={page} forget={forget} />
}

interface WatchingProps {
  readonly token: string
  readonly page: string
  readonly forget: (why: Refusal | null) => void
}

function Watching({ token, page, forget }: WatchingProps) {
  const client = useMemo(() => createClient(token, page), [token, page])
  const [seen, setSeen] = useState<Seen>(nothingSeen)
  const [observer, setObserver] = useState<Observer | null>(null)
  useEffect(() => {
    const started = observe(client, setSeen)
    setObserver(started)
    return () => started.stop()
  }, [client])
  useEffect(() => {
    if (seen.refused) forget({ problem: seen.refused, before: seen.status !== null })
  }, [seen.refused, seen.status, forget])
  return (
    <Overview seen={seen} url={client.url} forget={() => forget(null)} recheck={() => observer?.recheck()} />
  )
}
