import { authorised, request, type HostileCase } from './rig.js'

const none = 'Content-Length: 0\r\n'
const to = (target: string) => authorised(`POST ${target}`, none)
const asked = (query: string) => Buffer.from(to(`/api/migrate?${query}`), 'utf8')

const strange = [
  ...[
    '/api/migrate/.',
    '/api/migrate/..',
    '/api/migrate/%2e%2e',
    '/api/migrate%20',
    '/api/migrate\\',
    '/api/migrate//',
  ],
  ...[
    '/api/migrate%3fdryRun=true',
    '/api/migrate%23',
    '/api/migrate/;',
    '/./api/migrate',
    '/api/%2e/migrate',
  ],
  ...[
    '/api/migrate%2f',
    '/api/migrate/%2f',
    '/%61pi/migrate',
    '/API%2FMIGRATE',
    '/api/migrate%0a',
    '/api/migrate.json',
  ],
  ...[
    '/api/migrate%0d%0aX:y',
    '/api/migrate%c0%af',
    '/api/migrate//runs',
    '//door.example/api/migrate',
    '/api/m%C4%B1grate',
  ],
  ...[
    '/__proto__',
    '/api/migrate/constructor',
    '/../../etc/passwd',
    '/.env',
    '/.git/config',
    '/http://a/api/migrate',
  ],
]

const unknown = [
  ...[
    'dryRun=TRUE',
    'dryRun=true%00',
    'dryRun=+true',
    'dryRun=true;expect=x',
    'dryRun%00=true',
    'dryRun.=true',
  ],
  ...[
    'dryrun=true',
    'DRYRUN=true',
    'dryRun=true&dryRun=false',
    'expect=a&expect=b',
    'expect[]=a',
    'hasOwnProperty=1',
  ],
  ...[
    'constructor.prototype.x=1',
    '__proto__.x=1',
    '__proto__[dryRun]=true',
    'dryRun=%',
    'expect=%ff',
    'expect=%ed%a0%80',
  ],
  ...[
    'expect=a%00b',
    'expect=%0d%0aX:y',
    'expect=%E2%80%AE',
    'expect=%E2%80%A8',
    `expect=${'a'.repeat(256)}`,
    '=',
    'limit=1',
  ],
  ...[
    'dryRun=true&%64ryRun=true',
    'dryRun=true&dryRun',
    'dryRun=true&x=',
    'dryRun=1',
    'dryRun=tRue',
    'dryRun=%20true',
    '%00=1',
    '%ff=1',
    'dryRun=true&_method=GET',
    'resolve=x',
    'acceptDrift=x',
    'expect=a&expect%20=a',
    'dryRun=true%26dryRun=true',
  ],
]

/** Targets and options that there are not. */
export const targets: readonly HostileCase[] = [
  ...strange.map((target) => [`POST ${target}`, to(target), 404] as const),
  ...['ftp://door.example/api/migrate', 'http:///api/migrate', 'http://u:p@door.example/api/migrate'].map(
    (target) => [`POST ${target}`, to(target), 400] as const,
  ),
  ...[
    'http://a b/api/migrate',
    'http://a\\@b/api/migrate',
    'api/migrate',
    '*',
    '/api/migrate#x',
    'urn:a',
  ].map((target) => [`POST ${target}`, to(target), 400] as const),
  ['OPTIONS *', authorised('OPTIONS *'), 404],
  ['an absolute target without a path', authorised('PUT http://door.example'), 404],
  ['an absolute target without a path, with a query', authorised('PUT http://door.example?dryRun=true'), 404],
  ...['http://door.example:99999/api/migrate', 'http://[:::]/api/migrate', 'http://door.example:/\\evil'].map(
    (target) => [`POST ${target}`, to(target), target.endsWith('evil') ? 404 : 400] as const,
  ),
  ...[
    '/api/%25%36digrate',
    '/api/migrate/../migrate',
    '/api/migrate/runs/../../migrate',
    '/api/migrate/%2e%2e/migrate',
  ].map((target) => [`POST ${target}`, to(target), 404] as const),
  ['a byte beyond ASCII in the path', Buffer.from(to('/api/migrate/\xff'), 'latin1'), 400],
  ['an absolute target without a token', request('POST http://door.example/api/migrate', none), 401],
  ['another case without a token', request('POST /API/MIGRATE/', none), 401],
  ...['LINK', 'PURGE', 'M-SEARCH', 'SOURCE', 'QUERY', 'MKCOL'].map(
    (method) => [`${method} /api/migrate`, authorised(`${method} /api/migrate`), 405] as const,
  ),
  ...['Post', 'POST1', 'PRI', 'BREW', 'p\u043est'].map(
    (method) =>
      [`${method} /api/migrate`, Buffer.from(authorised(`${method} /api/migrate`), 'utf8'), 400] as const,
  ),
  ...unknown.map((query) => [`?${query.slice(0, 40)}`, asked(query), 400] as const),
  ['digits of another script', asked('expect=\u0663'), 400],
]
