import type { Problem, Reply } from './shapes.js'

/** Asks the door with a token that lives in this closure and nowhere else. */
export interface Client {
  /** Where the door is, absolute; for the `curl` lines. */
  readonly url: string
  /** A path below the door: `''`, `/runs`. Never rejects. */
  get<Body>(path: string): Promise<Reply<Body>>
  /** Opens a stream of events; rejects where there is none, or it breaks before it began. */
  open(path: string, signal: AbortSignal): Promise<ReadableStream<Uint8Array>>
}

/** Milliseconds after which an answer is not waited for. The door itself answers within ten seconds. */
const patienceMs = 15_000

/** `page`: the address of the console, below which the door is. */
export function createClient(token: string, page: string): Client {
  const url = new URL('api/migrate', page).href
  const headers = { Authorization: `Bearer ${token}` }
  const ask = (path: string, signal: AbortSignal): Promise<Response> =>
    fetch(`${url}${path}`, { headers, signal, cache: 'no-store', redirect: 'error' })
  return Object.freeze({
    url,
    get: async <Body>(path: string): Promise<Reply<Body>> => {
      try {
        const response = await ask(path, AbortSignal.timeout(patienceMs))
        if (!response.ok) return { ok: false, problem: await problemOf(response) }
        return { ok: true, body: (await response.json()) as Body }
      } catch {
        return { ok: false, problem: unreachable }
      }
    },
    open: async (path: string, signal: AbortSignal) => {
      const response = await ask(path, signal)
      if (!response.ok || response.body === null) throw new Error(`no events: ${response.status}`)
      return response.body
    },
  })
}

const unreachable: Problem = Object.freeze({
  status: 0,
  code: 'unreachable',
  title: 'No answer',
  detail: 'The door does not answer. It may be restarting, or the network between is down.',
  retryAfter: null,
})

/** A proxy between may answer in its own way: then the status is all there is. */
async function problemOf(response: Response): Promise<Problem> {
  const body = (await response.json().catch(() => ({}))) as Record<string, unknown>
  const text = (member: string): string => (typeof body[member] === 'string' ? body[member] : '')
  const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN)
  return {
    status: response.status,
    code: text('code'),
    title: text('title') || `HTTP ${response.status}`,
    detail: text('detail') || 'Something between this page and the door answered in its place.',
    retryAfter: Number.isFinite(retryAfter) ? retryAfter : null,
  }
}
