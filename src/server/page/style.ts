// The style of our two small pages. Light and dark follow the system.

export const STYLE = `:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 0 auto; padding: 1.5rem; }
header { display: flex; flex-wrap: wrap; gap: 1rem; align-items: baseline; justify-content: space-between; }
h1 { font-size: 1.4rem; margin: 0; }
section { border: 1px solid color-mix(in srgb, currentColor 30%, transparent); border-radius: .5rem; padding: 1rem; margin: 1rem 0; }
section p { margin: .4rem 0; overflow-wrap: anywhere; }
section > :first-child > p, section > p:first-child { margin-top: 0; }
section div, details { margin: .6rem 0; }
summary { cursor: pointer; overflow-wrap: anywhere; }
pre { font-weight: normal; white-space: pre-wrap; overflow-wrap: anywhere; font: .9rem/1.45 ui-monospace, monospace; margin: .2rem 0 0; padding: .1rem 0 .1rem .8rem; border-left: 3px solid color-mix(in srgb, currentColor 20%, transparent); }
.added { color: light-dark(#116329, #7ee787); }
.removed { color: light-dark(#a40e26, #ffa198); }
.warning, .warning > summary { font-weight: 600; color: light-dark(#7a4b00, #ffc46b); }
button, input { font: inherit; padding: .35rem .9rem; border-radius: .4rem; border: 1px solid color-mix(in srgb, currentColor 45%, transparent); background: transparent; color: inherit; }
button:focus-visible, input:focus-visible { outline: 3px solid Highlight; outline-offset: 1px; }
button:disabled { opacity: .5; }
.yes { font-weight: 600; border-width: 2px; }
form { display: flex; flex-wrap: wrap; gap: .6rem; }
input { flex: 1 1 12rem; }
.quiet { opacity: .75; }
[role=alert]:not(:empty) { border-left: 4px solid; padding: .2rem .8rem; }
`;
