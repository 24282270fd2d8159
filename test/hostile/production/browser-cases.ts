import { authorised, request, type HostileCase } from './rig.js'

const none = 'Content-Length: 0\r\n'
const by = (head: string, line = 'POST /api/migrate?dryRun=true') =>
  Buffer.from(authorised(line, `${head}\r\n${none}`), 'utf8')
const navigation = 'Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document'

const origins = [
  ...['null', 'NULL', '', '*', 'https://evil.example', 'door.example', '//door.example', 'about:blank'],
  ...[
    'https://door.example.evil.example',
    'https://evil.example/door.example',
    'https://door.example@evil.example',
  ],
  ...[
    'https://door.example:8443',
    'https://door.example:80',
    'http://door.example:443',
    'https://door.example.',
  ],
  ...['https://door.example/', 'https://u@door.example', 'https://door.example https://evil.example'],
  ...[
    'https://door.example, https://evil.example',
    'chrome-extension://door.example',
    'file://',
    'blob:https://door.example',
  ],
  ...['ws://door.example', 'https:door.example', 'https:///door.example', 'https://do\u043er.example'],
]

const sites = [
  ...[
    'cross-site',
    'CROSS-SITE',
    'Cross-Site',
    'crosssite',
    'sideways',
    '',
    'none, none',
    'cross-site, none',
  ],
  ...['none, cross-site', '"none"', 'none;a', 'same-origin\r\nSec-Fetch-Site: cross-site', 'n\u043ene'],
]

/** Requests that a page of another site would make a browser send, with a right token, and what looks like them. */
export const browsers: readonly HostileCase[] = [
  ...origins.map((origin) => [`Origin: ${origin}`, by(`Origin: ${origin}`), 403] as const),
  ['two Origins', by('Origin: https://door.example\r\nOrigin: https://evil.example'), 403],
  ['the right Origin twice', by('Origin: https://door.example\r\nOrigin: https://door.example'), 403],
  ...sites.map((site) => [`Sec-Fetch-Site: ${site}`, by(`Sec-Fetch-Site: ${site}`), 403] as const),
  [
    'another site with an Origin of the door',
    by('Sec-Fetch-Site: cross-site\r\nOrigin: https://door.example'),
    403,
  ],
  ...[
    'GET /api/migrate',
    'GET /',
    'GET /openapi.json',
    'PUT /',
    'GET /assets/index.js',
    'DELETE /api/migrate/runs/x',
  ].map((line) => [`${line} as a navigation from another site`, by(navigation, line), 403] as const),
  [
    'a preflight of another site',
    request(
      'OPTIONS /api/migrate',
      'Origin: https://evil.example\r\nAccess-Control-Request-Method: POST\r\nAccess-Control-Request-Private-Network: true\r\n',
    ),
    403,
  ],
  [
    'a preflight of the door itself',
    request(
      'OPTIONS /api/migrate',
      'Origin: https://door.example\r\nAccess-Control-Request-Method: POST\r\n',
    ),
    401,
  ],
]
