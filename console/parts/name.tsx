import { visible } from '../reading/visible.js'

export interface NameProps {
  readonly text: string
  /** How many others it stands for; then it is one line, of which the number is never cut off. */
  readonly more?: number
}

/** A name that somebody else chose: text, apart from the direction of what surrounds it, broken where it must be. */
export function Name({ text, more }: NameProps) {
  const shown = visible(text)
  const name = (
    <bdi class="name" title={shown}>
      {shown}
    </bdi>
  )
  if (more === undefined) return name
  return (
    <span class="name-line">
      <span class="one-line">{name}</span>
      {more > 0 && <span class="after-name">and {more} more</span>}
    </span>
  )
}
