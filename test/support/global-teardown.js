/** Ends the server that `global-setup.js` started; one given by `TEST_DATABASE_URL` is left alone. */
export default async function globalTeardown() {
  await globalThis.sallyportTestServer?.stop()
}
