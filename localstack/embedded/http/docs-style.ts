/**
 * Style sheet of the documentation page, with colours for the reader's light or dark scheme. The page is readable
 * without it.
 */
export const STYLE = `
:root { color-scheme: light dark; --line: light-dark(#d0d7de, #3d444d); --soft: light-dark(#f6f8fa, #151b23); --link: light-dark(#0969da, #6cb6ff); }
body { margin: 0 auto; max-width: 72rem; padding: 1rem; font: 16px/1.5 system-ui, sans-serif; background: light-dark(#fff, #0d1117); color: light-dark(#1f2328, #e6edf3); }
a { color: var(--link); }
a:focus-visible, pre:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
nav h2 { font-size: 1rem; margin: 1rem 0 0; }
nav ul { display: flex; flex-wrap: wrap; gap: 0 1.5rem; padding: 0; list-style: none; }
section { border-top: 1px solid var(--line); margin-top: 2rem; }
code, pre { font-family: ui-monospace, monospace; font-size: .9em; }
pre, code { background: var(--soft); border-radius: 4px; }
code { padding: 0 .3em; }
pre { padding: 1rem; overflow: auto; border: 1px solid var(--line); }
.table { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid var(--line); padding: .4rem .8rem .4rem 0; text-align: left; vertical-align: top; }
`;
