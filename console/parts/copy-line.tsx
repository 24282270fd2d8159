import { useEffect, useRef, useState } from 'preact/hooks'

/** How long the button tells what became of it. Milliseconds. */
const toldMs = 2_500

/** A line for a shell, with a button that copies it; where not even the old way does, it selects the line. */
export function CopyLine({ label, line }: { readonly label: string; readonly line: string }) {
  const code = useRef<HTMLElement>(null)
  const [told, setTold] = useState('')
  useEffect(() => {
    const timer = setTimeout(() => setTold(''), toldMs)
    return () => clearTimeout(timer)
  }, [told])
  const copy = async (): Promise<void> => {
    setTold((await toClipboard(line)) ? 'Copied' : select(code.current))
  }
  return (
    <div class="copy">
      <div class="copy-head">
        <span>{label}</span>
        <button
          class="button button-small"
          type="button"
          aria-label={`Copy: ${label}`}
          onClick={() => void copy()}
        >
          {told || 'Copy'}
        </button>
        <span class="unseen" role="status">
          {told}
        </span>
      </div>
      <pre class="copy-line">
        <code ref={code}>{line}</code>
      </pre>
    </div>
  )
}

async function toClipboard(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return false // not there outside of https and localhost, or not allowed
  }
}

function select(element: HTMLElement | null): string {
  const selection = getSelection()
  if (!element || !selection) return 'Not copied'
  selection.selectAllChildren(element)
  // Browsers keep it for pages over plain http, as within a VPN, to which they give no clipboard.
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- there is no other way there
  return document.execCommand('copy') ? 'Copied' : 'Selected'
}
