// Calls the door until a replica of this release has answered, follows the run to its end, and says how it went.
// Node alone, no package: `node migrate.mjs` works in every CI. Inputs are those of action.yml, as variables.
import { setTimeout as sleep } from 'node:timers/promises'
import { call, events } from './http.mjs'
import { inputs, InputError } from './inputs.mjs'
import { finish, mask, say, tell } from './report.mjs'
import { judge } from './verdicts.mjs'

/** Milliseconds between two tries, where the answer names no other. */
const pauseMs = 3_000

async function main(env) {
  mask(env.MIGRATION_SECRET)
  const asked = inputs(env)
  say(`expecting ${asked.expect} to be the newest migration of the release that answers`)
  const deadline = performance.now() + asked.timeoutMs
  const releaseBy = performance.now() + asked.waitForReleaseMs
  let runId // of a run whose stream broke: its outcome is asked for, so that a failed one is not begun again
  let seen // what that run had applied
  for (;;) {
    const answer = await attempt(asked, runId, deadline)
    if (runId !== undefined && answer.status === 200) {
      seen = answer.body
      runId = undefined
      continue // once more at the door, in case this release ships more than that run had planned
    }
    const verdict = judge(answer)
    const until = lastTry(verdict, { runId, seen, releaseBy, deadline })
    const waitMs = answer.retryAfterMs ?? pauseMs
    if (verdict.kind === 'final' || performance.now() + waitMs > until) {
      const body = seen && answer.body.status === 'up_to_date' ? seen : answer.body
      return finish(env, { ...verdict, body, runId, outOfTime: verdict.kind !== 'final' })
    }
    runId = answer.body.code === 'interrupted' ? undefined : (answer.body.runId ?? runId)
    say(`${verdict.text}; trying again on a new connection in ${Math.round(waitMs / 1000)} s`)
    await sleep(waitMs)
  }
}

/** Once a replica of this release has answered, whoever stands in the way is waited for as long as the run may take. */
function lastTry({ kind }, { runId, seen, releaseBy, deadline }) {
  return kind === 'release' && !runId && !seen ? Math.min(releaseBy, deadline) : deadline
}

/** One way to the result: the run that is known is followed, else the door is asked, which joins what is under way. */
async function attempt({ url, secret, expect, dryRun }, runId, deadline) {
  const request = runId
    ? { method: 'GET', url: `${url}/runs/${runId}/outcome` }
    : { method: 'POST', url, body: { expect, ...(dryRun && { dryRun }) }, accept: 'text/event-stream' }
  try {
    const response = await call({ ...request, secret, deadline })
    if (response.events) return await follow(response)
    return response
  } catch (error) {
    return { status: 0, body: {}, detail: error.message }
  }
}

/** Events until `done`, which holds what a POST without them would have answered. */
async function follow({ events: stream, retryAfterMs }) {
  let runId
  try {
    for await (const { event, data } of events(stream)) {
      if (event === 'done') return { status: statusOf(data), body: data, retryAfterMs }
      runId = data.runId ?? runId
      tell(event, data)
    }
  } catch (error) {
    say(`the stream broke (${error.message}); the run goes on`)
  }
  return { status: 0, body: { runId }, detail: 'the stream ended before the run did' }
}

/** A problem names its status; a success is 200. */
function statusOf(body) {
  return body.success === false ? body.status : 200
}

main(process.env).then(
  (exitCode) => {
    process.exitCode = exitCode
  },
  (error) => {
    say(error instanceof InputError ? `::error title=Sallyport::${error.message}` : String(error.stack))
    process.exitCode = error instanceof InputError ? 2 : 1
  },
)
