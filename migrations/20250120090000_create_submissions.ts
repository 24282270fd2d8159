import type { Knex } from 'knex'

/** A VAT return. Plain SQL: the schema builder has no word for generated columns. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE TABLE submissions (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      vat_period_id bigint NOT NULL REFERENCES vat_periods (id),
      submitted_by bigint REFERENCES users (id),
      status submission_status NOT NULL DEFAULT 'draft',
      vat_due_on_sales numeric(13, 2) NOT NULL DEFAULT 0,
      vat_due_on_acquisitions numeric(13, 2) NOT NULL DEFAULT 0,
      vat_reclaimed numeric(13, 2) NOT NULL DEFAULT 0,
      -- Sums that the form prints are computed once, here, and cannot disagree with their parts.
      vat_due_total numeric(13, 2) GENERATED ALWAYS AS (vat_due_on_sales + vat_due_on_acquisitions) STORED,
      vat_net numeric(13, 2) GENERATED ALWAYS AS
        (vat_due_on_sales + vat_due_on_acquisitions - vat_reclaimed) STORED,
      created_at timestamptz NOT NULL DEFAULT now(),
      submitted_at timestamptz,
      CONSTRAINT submissions_submitted_check
        CHECK (status = 'draft' OR (submitted_at IS NOT NULL AND submitted_by IS NOT NULL))
    )`)
  // Any number of rejected or superseded returns, but never two that could both be true.
  await knex.raw(`
    CREATE UNIQUE INDEX submissions_one_live_per_period_key ON submissions (vat_period_id)
    WHERE status IN ('submitted', 'accepted')`)
  await knex.raw('CREATE INDEX submissions_vat_period_id_idx ON submissions (vat_period_id)')
  await knex.raw('CREATE INDEX submissions_submitted_by_idx ON submissions (submitted_by)')
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('submissions')
}
