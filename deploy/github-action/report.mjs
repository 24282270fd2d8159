import { appendFileSync } from 'node:fs'
import { randomUUID } from 'node:crypto'

/**
 * One line of the job's log, whatever stands in it: the runner takes a line that begins with `::` for a command, and what the
 * database or a proxy says must not become one.
 */
export function say(line) {
  console.log(line.replaceAll(/[\r\n]+/g, ' '))
}

/** From here on the runner replaces the secret in every line. */
export function mask(secret) {
  if (secret) say(`::add-mask::${secret}`)
}

/** Progress, as the events tell it. */
export function tell(event, data) {
  if (event === 'run')
    say(`run ${data.runId}${data.joined ? ' (joined)' : ''}: ${data.pending.length} pending`)
  else if (event === 'migration') say(migration(data))
  else if (event === 'waiting') say(waiting(data))
}

function migration({ name, state, index, of, durationMs, phase, percent }) {
  const detail = phase ? `, ${phase}${percent === undefined ? '' : ` ${percent} %`}` : ''
  return `${index}/${of} ${name} ${state}${durationMs === undefined ? '' : ` in ${durationMs} ms`}${detail}`
}

function waiting({ for: reason, elapsedMs, blockers = [] }) {
  const who = blockers.map(({ pid, application }) => `pid ${pid} (${application ?? 'unknown'})`).join(', ')
  return `waiting for ${reason} for ${Math.round(elapsedMs / 1000)} s${who && `: ${who}`}`
}

/** Writes the result to log, summary and outputs; answers with the exit code. */
export function finish(env, { body, text, exitCode, runId, outOfTime }) {
  const failed = exitCode !== 0
  const applied = (body.applied ?? []).map(({ name }) => name)
  const line = outOfTime ? `out of time: ${text}` : text
  say(
    failed
      ? `::error title=Sallyport::${escaped(line)}`
      : `${body.status}: ${applied.join(', ') || 'nothing was pending'}`,
  )
  const outputs = outputsOf(body, runId, failed)
  if (env.GITHUB_OUTPUT) append(env.GITHUB_OUTPUT, Object.entries(outputs).map(assignment).join(''))
  if (env.GITHUB_STEP_SUMMARY) append(env.GITHUB_STEP_SUMMARY, summary({ outputs, body, line, failed }))
  return exitCode
}

function outputsOf(body, runId, failed) {
  return {
    status: failed ? 'failed' : body.status,
    code: failed ? (body.code ?? '') : '',
    'run-id': body.runId ?? runId ?? '',
    applied: JSON.stringify((body.applied ?? []).map(({ name }) => name)),
    release: body.release ?? '',
  }
}

/** A workflow command is one line. */
function escaped(text) {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

/** With a delimiter that nobody can have guessed, so that no value can pass for another output. */
function assignment([name, value]) {
  const delimiter = randomUUID()
  return `${name}<<${delimiter}\n${value}\n${delimiter}\n`
}

function summary({ outputs, body, line, failed }) {
  const rows = (body.applied ?? []).map(({ name, durationMs }) => `| ${cell(name)} | ${durationMs} ms |`)
  const pending = (body.pending ?? []).map(({ name }) => `- ${cell(name)}`)
  return [
    `### ${failed ? ':x:' : ':white_check_mark:'} Migrations: ${outputs.status}`,
    '',
    failed
      ? `${cell(line)}`
      : `Release ${cell(outputs.release)}${outputs['run-id'] && `, run \`${outputs['run-id']}\``}`,
    '',
    ...(rows.length > 0 ? ['| Applied | Took |', '| --- | --- |', ...rows, ''] : []),
    ...(pending.length > 0 ? ['Pending:', '', ...pending, ''] : []),
    '',
  ].join('\n')
}

function cell(text) {
  return String(text).replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('\n', ' ')
}

function append(path, text) {
  appendFileSync(path, text)
}
