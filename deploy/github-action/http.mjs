import { request as http } from 'node:http'
import { request as https } from 'node:https'

/** A silent connection is given up after this: heartbeats come every five seconds, and a POST answers within 50. */
const silentMs = 75_000
const mostBytes = 4 * 1024 * 1024

/**
 * One request on a connection of its own: the next one may then reach another replica. Resolves with status, body and
 * `Retry-After` in milliseconds, or, of an event stream, with `events` in the place of the body. Rejects without an answer.
 */
export function call({ method, url, secret, body, accept = 'application/json', deadline }) {
  const send = url.startsWith('https:') ? https : http
  const content = body === undefined ? undefined : JSON.stringify(body)
  return new Promise((resolve, reject) => {
    const request = send(url, {
      method,
      agent: false,
      timeout: silentMs,
      headers: {
        authorization: `Bearer ${secret}`,
        accept,
        'user-agent': 'sallyport-action',
        ...(content && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(content) }),
      },
    })
    const late = setTimeout(() => request.destroy(new Error('the time is up')), deadline - performance.now())
    request.on('close', () => clearTimeout(late))
    request.on('timeout', () => request.destroy(new Error(`no word for ${silentMs / 1000} s`)))
    request.on('error', reject)
    request.on('response', (response) => answer(response).then(resolve, reject))
    request.end(content)
  })
}

async function answer(response) {
  const retryAfter = Number(response.headers['retry-after'])
  const told = { status: response.statusCode, ...(retryAfter > 0 && { retryAfterMs: retryAfter * 1000 }) }
  response.setEncoding('utf8')
  if (response.statusCode === 200 && /^text\/event-stream/.test(response.headers['content-type'] ?? ''))
    return { ...told, events: response, body: {} }
  let text = ''
  for await (const chunk of response) {
    text += chunk
    if (text.length > mostBytes) throw new Error('the answer is too long')
  }
  return { ...told, body: parsed(text) }
}

/** What is not the door's, such as a proxy's page, has no members. */
function parsed(text) {
  try {
    const body = JSON.parse(text)
    return typeof body === 'object' && body !== null ? body : {}
  } catch {
    return {}
  }
}

/** The events of a stream; comments are heartbeats. */
export async function* events(stream) {
  let left = ''
  for await (const chunk of stream) {
    const blocks = (left + chunk).split('\n\n')
    left = blocks.pop()
    for (const block of blocks) {
      const event = /^event: (.*)$/m.exec(block)?.[1]
      const data = /^data: (.*)$/m.exec(block)?.[1]
      if (event !== undefined && data !== undefined) yield { event, data: JSON.parse(data) }
    }
  }
}
