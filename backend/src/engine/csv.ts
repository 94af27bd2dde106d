/** Characters that begin a formula in a spreadsheet, with their full-width, small and raised forms and the minus sign. */
const FORMULA = /[=+\-@＝＋－＠﹢﹣﹦﹫⁺⁻⁼₊₋₌−]/u;
/** What a spreadsheet may skip before a formula: anything blank or invisible, and quotes that it treats as its own. */
const SKIPPED = /[\p{White_Space}\p{C}\p{Z}\p{Default_Ignorable_Code_Point}"']/u;
/** What begins another cell or line when the file is read with another country's separator, or by code points. */
const SEPARATOR = /[;\t\r\n\v\f\u0085\u2028\u2029]/u;

/**
 * Puts an apostrophe wherever a spreadsheet could read the text as a formula: at its start, and after everything inside
 * it that begins a cell when the file is opened as semicolon- or tab-separated (then a quote inside a line protects
 * nothing). `'=x` gets one as well, so that the encoding is reversible: remove each apostrophe at such a place.
 * (OWASP, "CSV Injection", names the signs and the full-width ones.)
 */
function withoutFormulas(text: string): string {
  // Nearly every field: it begins with a letter or a digit, and has nothing that begins another cell.
  if (!FORMULA.test(text) || (/^[A-Za-z0-9]/.test(text) && !SEPARATOR.test(text))) return text;
  const characters = [...text];
  const safe: string[] = [];
  // From the end: whether a formula would begin here, behind what is skipped.
  let isFormula = false;
  for (let at = characters.length - 1; at >= 0; at--) {
    const character = characters[at]!;
    isFormula = FORMULA.test(character) || (isFormula && SKIPPED.test(character));
    safe.push(character);
    if (isFormula && (at === 0 || SEPARATOR.test(characters[at - 1]!))) safe.push("'");
  }
  return safe.reverse().join('');
}

function csvField(value: string | number | null | undefined): string {
  if (value === null || value === undefined) return '';
  const safe = withoutFormulas(String(value));
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** A line of a CSV file (RFC 4180), with its end. Names of files are other people's text: no field of it is a formula. */
export const csvLine = (values: readonly (string | number | null | undefined)[]): string =>
  values.map(csvField).join(',') + '\r\n';
