const none = ["'none'"]
const self = ["'self'"]

/**
 * The page runs its own script and style and asks its own origin, and nothing else. No inline script or style, no form
 * that is sent, no frame around it; no text can become markup (Trusted Types), in browsers that know them.
 */
const directives: Readonly<Record<string, readonly string[]>> = {
  'default-src': none,
  'script-src': self,
  'style-src': self,
  'img-src': self,
  'connect-src': self,
  'base-uri': none,
  'form-action': none,
  'frame-ancestors': none,
  'require-trusted-types-for': ["'script'"],
  'trusted-types': none,
}

/** `Content-Security-Policy` of the console, in place of the one for answers that load nothing. */
export const consolePolicy = Object.entries(directives)
  .map(([name, sources]) => `${name} ${sources.join(' ')}`)
  .join(';')

/** Of what a browser can do beside, the page needs the clipboard. */
export const consolePermissions =
  'accelerometer=(), camera=(), clipboard-write=(self), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()'
