import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { MigrationSecrets } from '../../config/settings.js'

/** Which secret a token is; `read` may only look. */
export type KnownCredential = 'current' | 'previous' | 'read'

/** Tells which secret a token is, in a time that depends on neither; undefined: none of them. */
export type Recognise = (token: string) => KnownCredential | undefined

interface Digest {
  readonly credential: KnownCredential
  readonly digest: Buffer
}

/** Of this process, so that nobody outside can compute what is compared. */
const key = randomBytes(32)

/**
 * Compares HMAC-SHA-256 digests with `timingSafeEqual`, which throws on unequal lengths, against every slot each time,
 * whether or not it holds a secret and whether or not one matched. Digests are made anew when the provider's object changes.
 */
export function createRecogniser(secrets: () => MigrationSecrets): Recognise {
  let known: MigrationSecrets | undefined
  let digests: readonly Digest[] = []
  return function recognise(token) {
    const now = secrets()
    if (now !== known) {
      known = now
      digests = digestsOf(now)
    }
    const sent = digestOf(token)
    let found: KnownCredential | undefined
    for (const { credential, digest } of digests) {
      if (timingSafeEqual(sent, digest)) found ??= credential
    }
    return found
  }
}

function digestsOf(secrets: MigrationSecrets): readonly Digest[] {
  return (['current', 'previous', 'read'] as const).map((credential) => {
    const secret = secrets.usable ? secrets[credential] : undefined
    const none = secret === undefined || secret === ''
    return { credential, digest: none ? randomBytes(32) : digestOf(secret) }
  })
}

/** Node decodes header bytes as latin1; a secret that can be sent is ASCII, so both sides are the same bytes. */
function digestOf(token: string): Buffer {
  return createHmac('sha256', key).update(token, 'utf8').digest()
}
