/** Two doors, one within the other. */
export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
      <path class="mark-outer" d="M4 28V15a12 12 0 0 1 24 0v13" />
      <path class="mark-inner" d="M10.5 28V16a5.5 5.5 0 0 1 11 0v12z" />
    </svg>
  )
}
