import { freePort } from '../../torture/machine/ports.js'
import { listening, sallyportScript, startProgram, type Running } from './program.js'

/** A `sallyport serve` in production, and how to reach it. */
export interface Door extends Running {
  readonly port: number
  readonly healthPort: number
  readonly secret: string
}

export interface DoorOptions {
  readonly url: string
  /** The directory with the migrations. */
  readonly migrations: string
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
}

export const benchSecret = '8c1f0e5a7d92b46310fedcba98765432a1b2c3d4e5f60718293a4b5c6d7e8f90'

/** What `serve` is given beside its ports. */
export function doorEnvironment({ url, migrations, env = {} }: DoorOptions): Record<string, string> {
  return {
    NODE_ENV: 'production',
    DATABASE_URL: url,
    MIGRATIONS_DIR: migrations,
    MIGRATION_SECRET: benchSecret,
    MIGRATION_ALLOWED_IPS: '127.0.0.1',
    HOST: '127.0.0.1',
    MIGRATE_ON_BOOT: 'false',
    RELEASE: '1.0.0',
    ...env,
  }
}

/** Starts one and waits until both ports listen. */
export async function openDoor(options: DoorOptions): Promise<Door> {
  const [port, healthPort] = [await freePort(), await freePort()]
  const ports = { PORT: String(port), HEALTH_PORT: String(healthPort) }
  const program = startProgram({
    script: sallyportScript,
    args: ['serve'],
    cwd: options.cwd,
    env: { ...doorEnvironment(options), ...ports },
  })
  await listening(port, program)
  await listening(healthPort, program)
  return Object.freeze({ ...program, port, healthPort, secret: benchSecret })
}
