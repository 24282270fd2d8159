import { visible } from '../reading/visible.js'

/** Sentences of the door, in which commands and options stand between backticks. */
export function Prose({ text }: { readonly text: string }) {
  const parts = visible(text).split('`')
  // An odd number of backticks is no pair of anything.
  if (parts.length % 2 === 0) return <>{parts.join('`')}</>
  return <>{parts.map((part, at) => (at % 2 === 1 ? <code key={at}>{part}</code> : part))}</>
}
