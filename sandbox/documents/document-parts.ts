/** The parts of texts, tables and presentations, independent of a file format. */
export interface Paragraph {
  text: string;
  heading?: boolean;
  /** The same text in runs, if a part of it is a link. */
  runs?: { text: string; url?: string }[];
}

export interface Sheet {
  name: string;
  rows: string[][];
  /** Formulas, and web addresses of links, by `row,column` from 0. */
  formulas?: Map<string, string>;
  links?: Map<string, string>;
}

export interface Slide {
  title: string;
  lines: string[];
}
