import type { CheckItem, DoorCheck, Reply } from '../door/shapes.js'
import { visible } from '../reading/visible.js'
import { Icon, type IconName } from './icon.js'
import { Moment } from './moment.js'
import { Prose } from './prose.js'

export interface ChecklistProps {
  readonly check: Reply<DoorCheck> | null
  readonly recheck: () => void
}

const icons: Readonly<Record<CheckItem['status'], IconName>> = {
  fail: 'cross',
  warn: 'warn',
  pass: 'check',
  skipped: 'dash',
}
const order = Object.keys(icons)

/** The production checklist: what fails first, what passes folded away. */
export function Checklist({ check, recheck }: ChecklistProps) {
  return (
    <section class="card" aria-labelledby="checklist">
      <div class="card-head">
        <h2 class="card-title" id="checklist">
          Production checklist
        </h2>
        {check?.ok && (
          <span class="card-note">
            {summaryOf(check.body.items)}
            {check.body.checkedAt !== undefined && (
              <>
                , checked <Moment at={check.body.checkedAt} />
              </>
            )}
          </span>
        )}
        <button class="button button-small" type="button" onClick={recheck}>
          Look again
        </button>
      </div>
      <Items check={check} />
    </section>
  )
}

function summaryOf(items: readonly CheckItem[]): string {
  return [...order, 'unknown']
    .map((state) => [items.filter((item) => stateOf(item) === state).length, state] as const)
    .filter(([amount]) => amount > 0)
    .map(([amount, state]) => `${amount} ${state}`)
    .join(', ')
}

function stateOf({ status, unknown }: CheckItem): string {
  return unknown ? 'unknown' : status
}

/** Where one thing hides many others, it is what is to be read. */
const shownUnknown = 3

function Items({ check }: Pick<ChecklistProps, 'check'>) {
  if (check === null) return <p class="empty">Asking…</p>
  if (!check.ok) {
    const missing = check.problem.status === 404
    return <p class="empty">{missing ? 'This door does not answer the checklist.' : check.problem.detail}</p>
  }
  const { items } = check.body
  const of = (...states: readonly string[]) => items.filter((item) => states.includes(stateOf(item)))
  const [unknown, passed] = [of('unknown'), of('pass')]
  const hidden = unknown.length > shownUnknown ? unknown : []
  const shown = [...of('fail'), ...of('warn'), ...of('skipped'), ...(hidden.length > 0 ? [] : unknown)]
  return (
    <>
      <Checks items={shown} />
      <Folded items={hidden} icon="ask" line={`${hidden.length} not known until that is mended`} />
      <Folded
        items={passed}
        icon="check"
        line={passed.length === items.length ? `All ${passed.length} pass` : `${passed.length} pass`}
      />
    </>
  )
}

interface FoldedProps {
  readonly items: readonly CheckItem[]
  readonly icon: IconName
  readonly line: string
}

function Folded({ items, icon, line }: FoldedProps) {
  if (items.length === 0) return null
  return (
    <details class={`folded folded-${icon}`}>
      <summary class="folded-line">
        <Icon name={icon} ring />
        {line}
      </summary>
      <Checks items={items} />
    </details>
  )
}

function Checks({ items }: { readonly items: readonly CheckItem[] }) {
  return (
    <ul class="checks">
      {items.map((item) => (
        <Check key={item.id} item={item} />
      ))}
    </ul>
  )
}

function Check({ item: { title, status, detail, remedy, unknown } }: { readonly item: CheckItem }) {
  return (
    <li class={`check check-${status}`}>
      <span class="check-status">
        <Icon name={unknown ? 'ask' : icons[status]} ring />
        {unknown ? 'unknown' : status}
      </span>
      <div class="check-text">
        <p class="check-title">{visible(title)}</p>
        {detail && (
          <p class="soft">
            <Prose text={detail} />
          </p>
        )}
        {remedy && status !== 'pass' && (
          <p class="remedy">
            <Prose text={remedy} />
          </p>
        )}
      </div>
    </li>
  )
}
