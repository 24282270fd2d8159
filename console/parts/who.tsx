import type { Run } from '../door/shapes.js'
import { visible } from '../reading/visible.js'

const credentials: Readonly<Record<string, string>> = {
  current: 'the migration secret',
  previous: 'the previous secret',
  boot: 'the boot of a replica',
  pipeline: 'the pipeline',
}

const shortCredentials: Readonly<Record<string, string>> = {
  current: 'migration secret',
  previous: 'previous secret',
  boot: 'boot',
  pipeline: 'pipeline',
}

/** Who asked, in a word or two, for a line of many. */
export function ShortWho({ actor: { credential, declared } }: { readonly actor: Run['actor'] }) {
  if (declared !== undefined) return <bdi>“{visible(declared)}”</bdi>
  return <>{shortCredentials[credential] ?? visible(credential)}</>
}

/** Who asked, in a few words: what the caller says of itself stands in quotes, for nobody has verified it. */
export function Who({ actor }: { readonly actor: Run['actor'] }) {
  const { credential, address, declared } = actor
  return (
    <>
      {credentials[credential] ?? visible(credential)}
      {address !== undefined && (
        <>
          {' '}
          from <bdi>{visible(address)}</bdi>
        </>
      )}
      {declared !== undefined && (
        <>
          {' '}
          as “<bdi>{visible(declared)}</bdi>”
        </>
      )}
    </>
  )
}
