import { visible } from '../reading/visible.js'

/** A name that somebody else chose: text, apart from the direction of what surrounds it, broken where it must be. */
export function Name({ text }: { readonly text: string }) {
  const shown = visible(text)
  return (
    <bdi class="name" title={shown}>
      {shown}
    </bdi>
  )
}
