import preact from '@preact/preset-vite'
import { defineConfig } from 'vite'

/** Built into `dist/console`, from where the server reads it. */
export default defineConfig({
  root: import.meta.dirname,
  // Relative, so that the page works below any prefix.
  base: './',
  plugins: [preact()],
  logLevel: 'warn',
  build: {
    outDir: '../dist/console',
    emptyOutDir: true,
    target: 'es2022',
    // One file each of script and style; and nothing as a data: URL, which the policy refuses.
    assetsInlineLimit: 0,
    modulePreload: false,
  },
})
