/** What a text came to: the value, or all that is wrong with it. */
export type Parsed<T> = { readonly value: T } | { readonly problems: readonly string[] }

/**
 * From text to the trusted value; the problems never quote the text. A function rather than a validation library: every
 * command reads the settings before it does anything, and a library's schemas would take longer to load than all the rest.
 */
export type Parser<T> = (text: string) => Parsed<T>

/** The one problem of a text. */
export function wrong(problem: string): { readonly problems: readonly string[] } {
  return { problems: [problem] }
}

/** A parser of texts that stay as they are, unless `problemOf` finds something wrong with them. */
export function text(problemOf: (text: string) => string | undefined): Parser<string> {
  return (given) => {
    const problem = problemOf(given)
    return problem === undefined ? { value: given } : wrong(problem)
  }
}
