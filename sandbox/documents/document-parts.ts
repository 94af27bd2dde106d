/** What a text, a table and a set of slides are made of, whatever format they are written in. */
export interface Paragraph {
  text: string;
  heading?: boolean;
  /** The same text in stretches, where some of it is a link. */
  runs?: { text: string; url?: string }[];
}

export interface Sheet {
  name: string;
  rows: string[][];
  /** Formulas and addresses of links by `row,column`, from 0. */
  formulas?: Map<string, string>;
  links?: Map<string, string>;
}

export interface Slide {
  title: string;
  lines: string[];
}
