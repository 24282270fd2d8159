import type { CheckItem, DoorCheck, Reply } from '../door/shapes.js'
import { visible } from '../reading/visible.js'
import { Icon, type IconName } from './icon.js'
import { Moment } from './moment.js'

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
                ; looked at <Moment at={check.body.checkedAt} />
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
  return order
    .map((status) => [items.filter((item) => item.status === status).length, status] as const)
    .filter(([amount]) => amount > 0)
    .map(([amount, status]) => `${amount} ${status}`)
    .join(', ')
}

function Items({ check }: Pick<ChecklistProps, 'check'>) {
  if (check === null) return <p class="empty">Asking…</p>
  if (!check.ok) {
    const missing = check.problem.status === 404
    return <p class="empty">{missing ? 'This door does not answer the checklist.' : check.problem.detail}</p>
  }
  const items = [...check.body.items].sort((a, b) => order.indexOf(a.status) - order.indexOf(b.status))
  const passed = items.filter(({ status }) => status === 'pass')
  return (
    <>
      <Checks items={items.filter(({ status }) => status !== 'pass')} />
      {passed.length > 0 && (
        <details class="passed">
          <summary class="passed-line">
            <Icon name="check" ring />
            {passed.length === items.length ? `All ${passed.length} pass` : `${passed.length} pass`}
          </summary>
          <Checks items={passed} />
        </details>
      )}
    </>
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
        {detail && <p class="soft">{visible(detail)}</p>}
        {remedy && status !== 'pass' && <p class="remedy">{visible(remedy)}</p>}
      </div>
    </li>
  )
}
