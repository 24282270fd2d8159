import { render } from 'preact'
import { App } from './parts/app.js'

const place = document.getElementById('console')
if (place) {
  place.textContent = ''
  render(<App page={document.baseURI} />, place)
}
