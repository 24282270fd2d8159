import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'

/** A `kubectl` that notes what it is asked, and says of a Job what it is told to. */
export interface StubKubectl {
  readonly PATH: string
  calls(): string[]
  destroy(): void
}

/** There is no cluster here: `conditions` are those of the Job, look by look; the last one stays. */
export function stubKubectl(conditions: readonly string[] = []): StubKubectl {
  const dir = mkdtempSync(join(tmpdir(), 'sallyport-kubectl-'))
  const calls = join(dir, 'calls')
  writeFileSync(calls, '')
  writeFileSync(join(dir, 'looks'), `${conditions.join('\n')}\n`)
  const script = `#!/bin/sh
echo "$*" >> '${calls}'
[ "$1" = get ] || exit 0
look=$(grep -c '^get ' '${calls}')
[ "$look" -le ${conditions.length} ] || look=${conditions.length}
sed -n "\${look}p" '${join(dir, 'looks')}'
`
  writeFileSync(join(dir, 'kubectl'), script, { mode: 0o755 })
  return Object.freeze({
    PATH: [dir, process.env.PATH ?? ''].join(delimiter),
    calls: () => readFileSync(calls, 'utf8').trimEnd().split('\n'),
    destroy: () => rmSync(dir, { recursive: true, force: true }),
  })
}
