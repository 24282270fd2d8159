/** Shapes that tell states apart without their colours. */
const shapes = {
  check: 'M4 10.5 8 14.5 16 5.5',
  cross: 'M5 5 15 15M15 5 5 15',
  down: 'M10 3.5V15M5 10.5 10 15.5 15 10.5',
  up: 'M10 16.5V5M5 9.5 10 4.5 15 9.5',
  ask: 'M6.8 7.2A3.3 3.3 0 1 1 11.4 10.2C10.4 10.7 10 11.2 10 12.2M10 15.6V15.7',
  undo: 'M8 4 4 8 8 12M4 8H12A4 4 0 0 1 12 16H8',
  dash: 'M5 10H15',
  dots: 'M4.5 10H4.6M10 10H10.1M15.5 10H15.6',
  stop: 'M6 6H14V14H6Z',
  clock: 'M10 4.5V10L13.5 12.5',
  warn: 'M10 5V11.5M10 15V15.1',
} as const

export type IconName = keyof typeof shapes

/** A drawing without a meaning of its own: the word beside it says the same. */
export function Icon({ name, ring = false }: { readonly name: IconName; readonly ring?: boolean }) {
  return (
    <svg class={ring ? 'icon icon-ring' : 'icon'} viewBox="0 0 20 20" aria-hidden="true">
      <path d={shapes[name]} />
    </svg>
  )
}
