import { duration, type DurationBounds } from './parse/duration.js'
import { networkList, proxyList } from './parse/networks.js'
import { boolean, host, oneOf, path, port, releaseName, schemaName } from './parse/text.js'
import { postgresUrl, sentryDsn } from './parse/url.js'

const networksForm =
  'addresses and CIDRs such as `10.8.0.0/16, 2001:db8::/48`, with plain decimals and no host bits'

/** The kinds of settings: how a text is read, and what a right one looks like. */
export const kinds = Object.freeze({
  boolean: { parse: boolean, form: 'one of `true`, `false`, `1`, `0`, `on`, `off`' },
  duration: (bounds: DurationBounds) => ({
    parse: duration(bounds),
    form: 'a whole number with `ms`, `s`, `m` or `h`, such as `30s`',
  }),
  oneOf: <const Words extends readonly [string, ...string[]]>(words: Words) => ({
    parse: oneOf(words),
    form: words.map((word) => `\`${word}\``).join(' or '),
  }),
  networks: { parse: networkList, form: networksForm },
  proxies: { parse: proxyList, form: networksForm },
  port: { parse: port, form: 'a whole number from 0 to 65535' },
  host: { parse: host, form: 'an IP address or a host name, without brackets and port' },
  path: { parse: path, form: 'the path of a file or directory' },
  schemaName: { parse: schemaName, form: 'a name of 1 to 63 bytes that does not begin with `pg_`' },
  releaseName: { parse: releaseName, form: '1 to 200 characters of ASCII without white space' },
  url: {
    parse: postgresUrl,
    form: '`postgresql://USER:PASSWORD@HOST:5432/DATABASE`, USER and PASSWORD percent-encoded',
    confidential: true,
    file: true,
  },
  sentryDsn: {
    parse: sentryDsn,
    form: '`https://KEY@HOST/PROJECT`, as Sentry shows it',
    confidential: true,
    file: true,
  },
} as const)
