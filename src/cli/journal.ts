import { InvalidArgumentError, type Command } from 'commander'
import type { JournalVerdict } from '../journal/verify.js'
import type { JournalHead } from '../postgres/state.js'
import { localOption } from './local-option.js'
import { print, type CommonOptions, type Terminal } from './terminal.js'

interface VerifyOptions extends CommonOptions {
  readonly anchor?: JournalHead
}

interface ExportOptions extends VerifyOptions {
  readonly since?: string
  readonly until?: string
}

const failedExitCode = 1

/** `sallyport journal verify` and `sallyport journal export`: the record of every run, checked and handed out. */
export function addJournal(program: Command, terminal: Terminal): void {
  const journal = program
    .command('journal')
    .description('the record of every run: verify it, or export it for an auditor')
  journal
    .command('verify')
    .description('verify the chain from its first record; exit 1 names the first that is broken, and why')
    .option(
      '--anchor <seq:hash>',
      'a head that was kept elsewhere: finds a cut end and a rewritten chain',
      parseAnchor,
    )
    .addOption(localOption())
    .option('--json', 'print the result as JSON')
    .action((options: VerifyOptions) => verify(terminal, options))
  journal
    .command('export')
    .description(
      'write the records as one JSON document that explains itself, with the result of verification in it',
    )
    .option('--since <time>', 'from this instant on: 2026-01-31 or 2026-01-31T12:00:00Z', parseTime)
    .option('--until <time>', 'up to, and without, this instant', parseTime)
    .option('--anchor <seq:hash>', 'verify against a head that was kept elsewhere', parseAnchor)
    .addOption(localOption())
    .option('--json', 'no effect: the export is JSON')
    .action((options: ExportOptions, command: Command) => {
      const { since, until } = options
      if (since && until && until <= since)
        command.error("error: '--until' is not after '--since', so no time lies between them")
      return exportRecords(terminal, options)
    })
}

async function verify(terminal: Terminal, options: VerifyOptions): Promise<void> {
  const [{ inSession }, { printFailure }, { limits }] = await Promise.all([
    import('./session.js'),
    import('./results.js'),
    import('../journal/legend.js'),
  ])
  const { anchor } = options
  process.exitCode = await inSession(terminal, options, async ({ engine }) => {
    const verdict = await engine.journal.verify({ anchor })
    if ('code' in verdict) return printFailure(verdict, options, terminal)
    print(terminal, options, { ...verdict, cannotSee: limits }, verdictText(verdict, anchor, limits))
    return exitCodeOf(verdict)
  })
}

async function exportRecords(terminal: Terminal, options: ExportOptions): Promise<void> {
  const [{ inSession }, { printFailure }] = await Promise.all([
    import('./session.js'),
    import('./results.js'),
  ])
  const { since, until, anchor } = options
  process.exitCode = await inSession(terminal, options, async ({ engine }) => {
    const write = (text: string) => terminal.out(text)
    const verdict = await engine.journal.export({ since, until, anchor, write })
    if ('code' in verdict) return printFailure(verdict, options, terminal)
    if ('reason' in verdict) terminal.err.write(verdictText(verdict, anchor, ''))
    return exitCodeOf(verdict)
  })
}

/** Where no run was ever recorded there is nothing that could be broken. */
function exitCodeOf(verdict: JournalVerdict): number {
  return 'exists' in verdict || verdict.intact ? 0 : failedExitCode
}

function verdictText(verdict: JournalVerdict, anchor: JournalHead | undefined, limits: string): string {
  if ('exists' in verdict) return `Nothing to verify: ${verdict.reason}\n`
  if (!verdict.intact) return `The journal is NOT intact: ${verdict.reason}\n`
  const { records, seq, hash } = verdict
  const reach = anchor
    ? `The anchor ${anchor.seq}:${anchor.hash} is in it, so nothing up to there was cut off or rewritten.`
    : limits
  return `The journal is intact: ${records} records, without a gap.\nHead, to be kept elsewhere as an anchor: ${seq}:${hash}\n${reach}\n`
}

function parseAnchor(value: string): JournalHead {
  const [, seq, hash] = /^(\d{1,15}):([0-9a-f]{64})$/i.exec(value) ?? []
  if (seq === undefined || hash === undefined || Number(seq) === 0)
    throw new InvalidArgumentError('An anchor is a number, a colon and 64 hexadecimal digits: 42:9f86d0….')
  return { seq: Number(seq), hash: hash.toLowerCase() }
}

const timeForm = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.(\d{1,6}))?)?(?:Z|[+-]\d\d:\d\d))?$/

/** As a record's time is written: in UTC, with all six digits of the fraction, of which `Date` keeps three. */
function parseTime(value: string): string {
  const [, fraction = ''] = timeForm.exec(value) ?? []
  const time = new Date(value)
  if (!timeForm.test(value) || Number.isNaN(time.getTime()) || !isOfTheCalendar(value))
    throw new InvalidArgumentError(
      'Give a date, 2026-01-31 (UTC), or a time with its zone, 2026-01-31T12:00:00Z.',
    )
  return `${time.toISOString().slice(0, -5)}.${fraction.padEnd(6, '0')}Z`
}

/** `Date` takes 30 February for 2 March, and an auditor would get another time than was asked for. */
function isOfTheCalendar(value: string): boolean {
  const day = value.slice(0, 10)
  return new Date(day).toISOString().startsWith(day)
}
