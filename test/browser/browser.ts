import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core'

/** A page with what it did that it must not. */
export interface Watched {
  readonly page: Page
  /** Violations of the content security policy, errors on the browser's console, and exceptions. */
  readonly faults: string[]
  /** Every host that was asked for anything. */
  readonly hosts: ReadonlySet<string>
  close(): Promise<void>
}

/** Root may not use Chromium's sandbox; everything that it is shown is ours. */
const args = ['--no-sandbox', '--disable-gpu', '--font-render-hinting=none']

/** The Chromium that comes with the dependencies, headless. */
export async function launchBrowser(): Promise<Browser> {
  const { default: packed } = await import('@sparticuz/chromium')
  return chromium.launch({ executablePath: await packed.executablePath(), args, headless: true })
}

/** A page of a profile of its own. */
export async function watchPage(browser: Browser, options: BrowserContextOptions = {}): Promise<Watched> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options })
  const page = await context.newPage()
  page.setDefaultTimeout(15_000)
  const faults: string[] = []
  const hosts = new Set<string>()
  page.on('request', (request) => hosts.add(new URL(request.url()).host))
  page.on('pageerror', (error) => faults.push(String(error)))
  page.on('console', (message) => {
    if (message.type() === 'error' && !isRefusal(message.text())) faults.push(message.text())
  })
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`)
    })
  })
  return { page, faults, hosts, close: () => context.close() }
}

/** Chromium tells every answer of 4xx or 5xx, and every connection that fails, as an error. */
function isRefusal(text: string): boolean {
  return text.startsWith('Failed to load resource')
}
