import { readdirSync } from 'node:fs'
import { basename, extname } from 'node:path'

/** The caller's mistake; ends with 2. */
export class InputError extends Error {}

/** The inputs of action.yml from their variables; throws `InputError`, which never holds a value that is secret. */
export function inputs(env) {
  const secret = (env.MIGRATION_SECRET ?? '').trim() // a line break is easily pasted along
  if (secret === '')
    throw new InputError('The input `secret` is empty. Is the secret there for this event and environment?')
  if (!/^[\w.~+/-]+=*$/.test(secret))
    throw new InputError(
      'The input `secret` cannot be a bearer token: it has a character that none may have.',
    )
  return {
    url: door(env.SALLYPORT_URL),
    secret,
    expect: env.SALLYPORT_EXPECT || newest(env.SALLYPORT_MIGRATIONS || 'migrations'),
    dryRun: flag('dry-run', env.SALLYPORT_DRY_RUN || 'false'),
    waitForReleaseMs: seconds('wait-for-release', env.SALLYPORT_WAIT_FOR_RELEASE || '600'),
    timeoutMs: seconds('timeout', env.SALLYPORT_TIMEOUT || '3600'),
  }
}

function door(text = '') {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol))
    throw new InputError('The input `url` is no URL of the door, such as https://ops.example.com/api/migrate')
  return text.replace(/\/$/, '')
}

/** The head that this pipeline has built: the last of the names, as knex sorts them. */
function newest(directory) {
  let files
  try {
    files = readdirSync(directory)
  } catch {
    throw new InputError(
      `There is no directory ${directory}. Give \`migrations\` or \`expect\`; is the checkout step missing?`,
    )
  }
  const names = files.filter((file) => /\.(?:[cm]?[jt]s)$/.test(file) && !/\.d\.[cm]?ts$/.test(file)).sort()
  const last = names.at(-1)
  if (last === undefined)
    throw new InputError(`There is no migration in ${directory}. Give \`migrations\` or \`expect\`.`)
  return basename(last, extname(last))
}

function flag(name, text) {
  if (text !== 'true' && text !== 'false')
    throw new InputError(`The input \`${name}\` is neither true nor false.`)
  return text === 'true'
}

function seconds(name, text) {
  if (!/^\d{1,6}$/.test(text)) throw new InputError(`The input \`${name}\` is no number of seconds.`)
  return Number(text) * 1000
}
