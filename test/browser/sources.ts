/** Source of a migration outside a transaction. */
export function outsideTransaction(sql: string, repeatable = false): string {
  return `export const config = { transaction: false${repeatable ? ', repeatable: true' : ''} }
export async function up(knex) {
  await knex.raw(${JSON.stringify(sql)})
}
export async function down() {}
`
}

/** Names as an everyday project has them. */
export const names = {
  accounts: '20260105090000_create_accounts',
  orders: '20260112090000_create_orders',
  index: '20260119090000_index_orders_by_account',
  totals: '20260126090000_add_totals_to_orders',
  invoices: '20260202090000_create_invoices',
} as const
