import type { Browser } from 'playwright-core'
import { launchBrowser, watchPage, type Watched } from './browser.js'
import type { Door } from './door.js'

/** What one test has: a page, and the door that it opened. */
export interface Visit {
  readonly watched: Watched
  door: Door
}

/** A browser for the file, a page for each test. What was opened is closed again, and a fault of the page fails the test. */
export function visitForEach(): Visit {
  let browser: Browser
  let watched: Watched
  let door: Door | undefined
  beforeAll(async () => {
    browser = await launchBrowser()
  })
  afterAll(() => browser.close())
  beforeEach(async () => {
    watched = await watchPage(browser)
  })
  afterEach(async () => {
    await watched.close()
    await door?.close()
    door = undefined
    expect(watched.faults).toEqual([])
  })
  return {
    get watched() {
      return watched
    },
    get door() {
      if (door === undefined) throw new Error('this test has opened no door')
      return door
    },
    set door(opened) {
      door = opened
    },
  }
}
