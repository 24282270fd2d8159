import type { Advice } from '../reading/advice.js'
import { Blockers } from './blockers.js'
import { CopyLine } from './copy-line.js'
import { Name } from './name.js'
import { Prose } from './prose.js'

export interface AdviceCardProps {
  readonly advice: readonly Advice[]
  /** What stands in place of what is not known. */
  readonly notYet: string
}

/** What to do now. The page itself does none of it. */
export function AdviceCard({ advice, notYet }: AdviceCardProps) {
  return (
    <section
      class={advice.some(({ id }) => id === 'trouble') ? 'card panel is-told' : 'card panel'}
      aria-labelledby="advice"
    >
      <h2 class="card-title" id="advice">
        What to do
      </h2>
      <div class="panel-body" tabIndex={0} role="group" aria-label="Advice, which scrolls">
        {advice.map((one) => (
          <AdviceItem key={one.id} advice={one} />
        ))}
        {advice.length === 0 && <p class="empty">{notYet}</p>}
      </div>
    </section>
  )
}

function AdviceItem({ advice }: { readonly advice: Advice }) {
  const { tone, title, text, names = [], blockers = [], lines = [] } = advice
  return (
    <article class={`advice advice-${tone}`}>
      <h3 class="advice-title">{title}</h3>
      {names.length > 0 && (
        <ul class="names">
          {names.map((name) => (
            <li key={name}>
              <Name text={name} />
            </li>
          ))}
        </ul>
      )}
      <p class="advice-text">
        <Prose text={text} />
      </p>
      {blockers.length > 0 && <Blockers blockers={blockers} />}
      {lines.map(({ label, line }) => (
        <CopyLine key={label} label={label} line={line} />
      ))}
    </article>
  )
}
