import { ago } from '../reading/words.js'
import { useNow } from './use-now.js'

const whole = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'long' })
const hours = { hour: 'numeric', minute: '2-digit' } as const
const thisYear = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric', ...hours })
const anyYear = new Intl.DateTimeFormat(undefined, { year: 'numeric', month: 'short', day: 'numeric' })

/** A time of the past, as how long ago it was, or as it stood on the clock here; its title tells both. */
export function Moment({ at, exact = false }: { readonly at: string; readonly exact?: boolean }) {
  useNow(exact ? 60_000 : 1_000)
  const time = new Date(at)
  const distance = ago(Date.now() - time.getTime())
  const clock = (time.getFullYear() === new Date().getFullYear() ? thisYear : anyYear).format(time)
  return (
    <time dateTime={at} title={`${whole.format(time)}, ${distance}`}>
      {exact ? clock : distance}
    </time>
  )
}
