/** The migration files, or the knexfile that names them, cannot be used. The message names file, reason and remedy. */
export class FilesInvalidError extends Error {
  override readonly name = 'FilesInvalidError'
  /** Name of the migration concerned, where it is one. */
  readonly migration: string | undefined

  constructor(message: string, options: { cause?: unknown; migration?: string } = {}) {
    super(message, { cause: options.cause })
    this.migration = options.migration
  }
}

/** A knexfile says something that cannot be honoured; found before anything is opened. */
export class ProjectConfigError extends Error {
  override readonly name = 'ProjectConfigError'
}
