import { spawnSync } from 'node:child_process'
import { start, type Spawned } from '../support/processes.js'

/** A way to start the image's files as a container engine would, as far as it can be had without one. */
export interface Container {
  readonly means: string
  start(app: string, args: readonly string[], env: Readonly<Record<string, string>>): Spawned
}

const uid = 65532
const isRoot = process.getuid?.() === 0
const main = 'node_modules/sallyport/dist/src/cli/main.js'

/** As an unprivileged user by number where the tests run as root, else as whoever runs them. */
const asUser: Container = {
  means: 'as a user by number who may write nothing there',
  start: (app, args, env) =>
    start(process.execPath, [`${app}/${main}`, ...args], {
      cwd: app,
      env: { ...env, ...unwritable },
      ...(isRoot ? { uid, gid: uid } : {}),
    }),
}

/** Process 1 of namespaces of its own, the whole file system read-only, without any capability. */
const sealed: Container = {
  means: 'as process 1 on a read-only file system, without capabilities',
  start: (app, args, env) =>
    start(
      'unshare',
      [
        '--mount',
        '--pid',
        '--fork',
        '--kill-child',
        '--mount-proc',
        'sh',
        '-c',
        seal,
        'sh',
        ...command(app, args),
      ],
      {
        cwd: app,
        env: { ...env, ...unwritable },
      },
    ),
}

/** A home that is not there: nothing may depend on one. */
const unwritable = { HOME: '/nonexistent' }

/** Every mount becomes read-only; nothing above is affected, for the namespace is private. */
const seal = `
set -e
for mount in $(awk '$5 ~ "^/" && $5 !~ "^/(proc|sys|dev)" { print $5 }' /proc/self/mountinfo); do
  mount -o remount,bind,ro "$mount" 2>/dev/null || true
done
if touch "$PWD/written" 2>/dev/null; then echo 'the file system can be written' >&2; exit 99; fi
exec setpriv --reuid ${uid} --regid ${uid} --clear-groups --inh-caps=-all --bounding-set=-all --no-new-privs "$@"
`

function command(app: string, args: readonly string[]): string[] {
  return [process.execPath, `${app}/${main}`, ...args]
}

function canSeal(): boolean {
  if (!isRoot) return false
  const tried = spawnSync('unshare', ['--mount', '--pid', '--fork', 'setpriv', '--no-new-privs', 'true'])
  return tried.status === 0
}

/** Those that this machine has. */
export const containers: readonly Container[] = canSeal() ? [asUser, sealed] : [asUser]
