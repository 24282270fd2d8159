import type { CheckItem, DoorCheck, JournalHead, Reply } from '../door/shapes.js'
import { visible } from '../reading/visible.js'
import { Icon, type IconName } from './icon.js'

export interface ChecklistProps {
  readonly check: Reply<DoorCheck> | null
  /** Undefined: the door keeps no journal that it tells of; null: nothing is in it yet. */
  readonly journal: JournalHead | null | undefined
  readonly recheck: () => void
}

const icons: Readonly<Record<CheckItem['status'], IconName>> = {
  fail: 'cross',
  warn: 'warn',
  pass: 'check',
  skipped: 'dash',
}
const order = Object.keys(icons)

/** The production checklist, what fails first, and the head of the journal. */
export function Checklist({ check, journal, recheck }: ChecklistProps) {
  return (
    <section class="card" aria-labelledby="checklist">
      <div class="card-head">
        <h2 class="card-title" id="checklist">
          Production checklist
        </h2>
        <button class="button button-small" type="button" onClick={recheck}>
          Look again
        </button>
      </div>
      <Items check={check} />
      {journal !== undefined && <Journal head={journal} />}
    </section>
  )
}

function Items({ check }: Pick<ChecklistProps, 'check'>) {
  if (check === null) return <p class="empty">Asking…</p>
  if (!check.ok) {
    const missing = check.problem.status === 404
    return <p class="empty">{missing ? 'This door does not answer the checklist.' : check.problem.detail}</p>
  }
  const items = [...check.body.items].sort((a, b) => order.indexOf(a.status) - order.indexOf(b.status))
  return (
    <ul class="checks">
      {items.map((item) => (
        <Check key={item.id} item={item} />
      ))}
    </ul>
  )
}

function Check({ item: { title, status, detail, remedy } }: { readonly item: CheckItem }) {
  return (
    <li class={`check check-${status}`}>
      <span class="check-status">
        <Icon name={icons[status]} ring />
        {status}
      </span>
      <div class="check-text">
        <p class="check-title">{visible(title)}</p>
        {detail && <p class="soft">{visible(detail)}</p>}
        {remedy && status !== 'pass' && <p class="remedy">{visible(remedy)}</p>}
      </div>
    </li>
  )
}

function Journal({ head }: { readonly head: JournalHead | null }) {
  return (
    <p class="journal">
      <span class="soft">Journal head</span>{' '}
      {head === null ? 'empty' : <code class="anchor">{`${head.seq}:${visible(head.hash)}`}</code>}
    </p>
  )
}
