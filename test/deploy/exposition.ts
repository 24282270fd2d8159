/** One series of a scrape. */
export interface Sample {
  readonly name: string
  /** As they stand in the text, without braces: `code="forbidden"`. */
  readonly labels: string
  readonly value: number
}

/** The series of a scrape in Prometheus' text format. */
export function samplesOf(text: string): Sample[] {
  return [...text.matchAll(/^([a-z_]+)(?:\{(.*)\})? (\S+)$/gm)].map(
    ([, name = '', labels = '', value = '']) => ({ name, labels, value: Number(value) }),
  )
}

/** The names of the series, as a query writes them. */
export function namesOf(text: string): ReadonlySet<string> {
  return new Set(samplesOf(text).map(({ name }) => name))
}

/** The names that queries use. */
export function namesIn(queries: string): string[] {
  return [...new Set(queries.match(/\bsallyport_\w+/g) ?? [])].sort()
}

/** A scrape of a running door. */
export async function scrape(health: string): Promise<string> {
  const response = await fetch(`${health}/metrics`)
  return response.text()
}
