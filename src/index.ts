export { boot, type BootOptions } from './boot/boot.js'
export {
  checkMigrationSecret,
  runStartupChecks,
  validateMigrationSecret,
  type CheckOptions,
  type StartupReport,
} from './boot/checks.js'
export { sallyport, type Sallyport } from './sallyport.js'
export type { SallyportOptions } from './library/options.js'
export {
  bearerAuth,
  ipAllowlist,
  type BearerAuthOptions,
  type GateOptions,
  type IpAllowlistOptions,
} from './library/alone.js'
export { OptionsError } from './library/misuse.js'
export type { SecretOptions } from './library/secrets.js'
export type { RefusalReport } from './gates/refuse.js'
export {
  createIndexConcurrently,
  dropIndexConcurrently,
  type ConcurrentIndex,
} from './postgres/index-concurrently.js'
export type { Logger, LogFields } from './observe/logger.js'
export type { Alert, Alerts } from './observe/alerts.js'
export type { ProblemCode, FailureCode } from './problems/catalog.js'
export type { OptionError, ProblemDocument } from './problems/document.js'
export type { Actor } from './runs/actor.js'
export type { Order, RunEvent, RunView, Status } from './runs/engine.js'
export type {
  AppliedMigration,
  Blocker,
  Completed,
  DriftFinding,
  Failed,
  FailureFields,
  Outcome,
  PendingMigration,
  Planned,
  Running,
} from './runs/outcome.js'
export type { Issue, IssueCode } from '../config/issue.js'
export type { Environment, Listen, MigrationSecrets, Settings } from '../config/settings.js'
export type { EnvironmentVariables } from '../config/environment.js'
export type { Network } from './network/cidr.js'
