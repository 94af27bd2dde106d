/** Characters that begin a formula in a spreadsheet, with their full-width, small and raised forms and the minus sign. */
const FORMULA = /[=+\-@＝＋－＠﹢﹣﹦﹫⁺⁻⁼₊₋₌−]/u;
/**
 * What a spreadsheet may skip before a formula: blank or invisible characters, and quotes that it reads as delimiters.
 */
const SKIPPED = /[\p{White_Space}\p{C}\p{Z}\p{Default_Ignorable_Code_Point}"']/u;
/** What starts another cell or line when the file is read with another country's separator, or by code points. */
const SEPARATOR = /[;\t\r\n\v\f\u0085\u2028\u2029]/u;

/**
 * Inserts an apostrophe wherever a spreadsheet could read the text as a formula: at its start, and after each character
 * that starts a new cell when the file is opened as semicolon- or tab-separated (quotes inside a line don't protect
 * then). `'=x` gets one too, so that the encoding is reversible: remove each apostrophe at such a place. (OWASP, "CSV
 * Injection", lists the signs and their full-width forms.)
 */
function withoutFormulas(text: string): string {
  // Nearly every field starts with a letter or a digit and contains nothing that starts another cell.
  if (!FORMULA.test(text) || (/^[A-Za-z0-9]/.test(text) && !SEPARATOR.test(text))) return text;
  const characters = [...text];
  const safe: string[] = [];
  // Scans from the end. True if a formula would start here, after the skipped characters.
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

/** A line of a CSV file (RFC 4180) with its line end. File names are other people's text, so no field is a formula. */
export const csvLine = (values: readonly (string | number | null | undefined)[]): string =>
  values.map(csvField).join(',') + '\r\n';
