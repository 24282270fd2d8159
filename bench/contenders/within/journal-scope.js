/** As much of a scope as an append needs. */
export const scopeFor = {
  name: 'public.knex_migrations',
  bookkeeping: '"sallyport"',
  bookkeepingSchema: 'sallyport',
}
