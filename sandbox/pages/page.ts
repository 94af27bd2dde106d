/** Shared parts of all pages: the style sheet, and escaping of HTML. */
const STYLE = `
:root{color-scheme:light dark;--ground:#f3f5f9;--card:#fff;--ink:#1d2433;--quiet:#5b6579;--line:#d9dee8;--accent:#2f5bd7;--on-accent:#fff;--tint:#eaf0ff;--warn:#8a5a00;--warn-ground:#fff5dc}
@media(prefers-color-scheme:dark){:root{--ground:#12151c;--card:#1b202b;--ink:#e8ecf4;--quiet:#a3adc0;--line:#343c4d;--accent:#8fb0ff;--on-accent:#0d1730;--tint:#232c42;--warn:#ffd58a;--warn-ground:#322a17}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;padding:16px}
main{width:100%;max-width:480px;background:var(--card);border:1px solid var(--line);border-radius:20px;padding:28px;box-shadow:0 8px 30px rgb(0 0 0/.07)}
.wide{max-width:760px}
.note{display:inline-block;margin:0 0 16px;padding:4px 12px;border-radius:99px;background:var(--warn-ground);color:var(--warn);font-size:13px;font-weight:600}
h1{font-size:24px;line-height:1.25;margin:0 0 6px}h2{font-size:17px;margin:24px 0 8px}
p{margin:0 0 12px}.quiet{color:var(--quiet)}
fieldset{border:0;padding:0;margin:20px 0 0}legend{font-weight:600;padding:0;margin-bottom:8px}
label.row{display:flex;gap:12px;align-items:center;padding:10px 12px;border:1px solid var(--line);border-radius:12px;margin-top:8px;cursor:pointer;min-height:48px}
label.row:has(:checked){background:var(--tint);border-color:var(--accent)}
label.row:has(:focus-visible){outline:2px solid var(--accent);outline-offset:2px}
input{accent-color:var(--accent);width:18px;height:18px;flex:none;margin:0}
.avatar{width:34px;height:34px;border-radius:50%;flex:none}
.who{min-width:0}.who b,.who span{display:block;overflow:hidden;text-overflow:ellipsis}.who span{color:var(--quiet);font-size:14px}
.actions{display:flex;justify-content:flex-end;gap:10px;margin-top:26px;flex-wrap:wrap}
button{font:inherit;font-weight:600;border-radius:99px;padding:10px 24px;min-height:44px;border:1px solid var(--line);background:transparent;color:var(--accent);cursor:pointer}
button.primary{background:var(--accent);border-color:var(--accent);color:var(--on-accent)}
button:focus-visible,a:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
code{background:var(--tint);border-radius:6px;padding:1px 6px;overflow-wrap:anywhere;font-size:14px}a{color:var(--accent)}
table{border-collapse:collapse;width:100%;font-size:15px}td{padding:6px 12px 6px 0;vertical-align:top;border-top:1px solid var(--line)}
.scroll{overflow-x:auto}
th{text-align:left;padding:6px 12px 6px 0;color:var(--quiet);font-weight:600}
tbody th{font-weight:400;vertical-align:top;border-top:1px solid var(--line)}
section{border-top:1px solid var(--line);margin-top:18px}section .actions{justify-content:flex-start;margin-top:10px}
`;

/** Escapes text for HTML and its attributes. */
export function escapeHtml(text: string): string {
  return text.replace(
    /[&<>"']/g,
    (char) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' })[char] ?? char,
  );
}

/** A whole page; `body` is HTML. */
export function page(title: string, body: string, wide = false): string {
  return (
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${escapeHtml(title)}</title>` +
    '<meta name="viewport" content="width=device-width,initial-scale=1"><link rel="icon" href="data:,">' +
    `<style>${STYLE}</style></head><body><main${wide ? ' class="wide"' : ''}>${body}</main></body></html>`
  );
}

export const NOTE = '<p class="note">Sandbox: a stand-in for Google</p>';

/** A table with cells of HTML. Without a head, the first cell of each row is its header. */
export function table(head: readonly string[] | undefined, rows: readonly (readonly string[])[]): string {
  const body = rows.map((cells) => {
    const [first = '', ...rest] = cells;
    const name = head ? `<td>${first}</td>` : `<th scope="row">${first}</th>`;
    return `<tr>${name}${rest.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
  });
  const columns = head?.map((each) => `<th scope="col">${each}</th>`).join('');
  return (
    `<div class="scroll"><table>${columns === undefined ? '' : `<thead><tr>${columns}</tr></thead>`}` +
    `<tbody>${body.join('')}</tbody></table></div>`
  );
}

const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB'];

export function bytesInWords(bytes: number): string {
  let unit = 0;
  let value = bytes;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${UNITS[unit]}`;
}
