import { randomBytes } from 'node:crypto'

/** Values made for this run, which occur nowhere but where they leak. */
const fresh = (name: string, rest = '') => `${name}.${randomBytes(18).toString('hex')}${rest}`

/** Every secret that a process is given, with signs in them that encodings change. */
export const canaries = Object.freeze({
  current: fresh('cur', '+/~x=='),
  previous: fresh('prv', '/+y='),
  read: fresh('rea', '~+z'),
  session: fresh('ses', ' "\\ü&?'),
  password: fresh('pwd', '@:/?#%"x'),
  wrongPassword: fresh('bad', '@:/?#%y'),
})

export type Canary = keyof typeof canaries

/** What database errors quote of a row. It may be seen at the log's debug level. */
export const row = fresh('row')

/** Each way in which a value may stand in a text. */
export function formsOf(value: string): Readonly<Record<string, string>> {
  const percent = encodeURIComponent(value)
  const bytes = Buffer.from(value)
  const within = (before: number) =>
    Buffer.concat([Buffer.alloc(before, 'x'), bytes])
      .toString('base64')
      .slice(before === 0 ? 0 : 4, -4)
  return {
    plain: value,
    'percent-encoded': percent,
    'percent-encoded in lower case': percent.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()),
    'form-encoded': new URLSearchParams({ v: value }).toString().slice(2),
    'as JSON': JSON.stringify(value).slice(1, -1),
    hexadecimal: bytes.toString('hex'),
    base64: within(0),
    'base64 behind one character': within(1),
    'base64 behind two characters': within(2),
    base64url: within(0).replaceAll('+', '-').replaceAll('/', '_'),
  }
}

/** The secrets that a text holds, and how they stand there; a long stretch of one counts as all of it. */
export function leaksIn(text: string): string[] {
  return Object.entries(canaries).flatMap(([name, value]) => {
    const stretch = value.slice(4, 28)
    const forms = { ...formsOf(value), 'in part': stretch }
    return Object.entries(forms)
      .filter(([, form]) => text.includes(form))
      .map(([form]) => `${name}, ${form}`)
  })
}
