import { ago } from '../reading/words.js'
import { useNow } from './use-now.js'

const format = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' })

/** A time of the past, as how long ago it was, or as it stood on the clock here; the other one is its title. */
export function Moment({ at, exact = false }: { readonly at: string; readonly exact?: boolean }) {
  useNow(exact ? 60_000 : 1_000)
  const time = new Date(at)
  const distance = ago(Date.now() - time.getTime())
  const clock = format.format(time)
  return (
    <time dateTime={at} title={exact ? distance : clock}>
      {exact ? clock : distance}
    </time>
  )
}
