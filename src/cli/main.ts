#!/usr/bin/env node
import { heedEarlySignals } from '../server/early-signals.js'

// Everything else is loaded after this, which takes long enough for a signal to come.
heedEarlySignals(process.argv[2])
await import('./command-line.js')
