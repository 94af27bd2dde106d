import { locale } from './language';

/**
 * A formatter of the page's locale, made once and kept: making one costs a hundred times what using it does, and a list
 * uses several for each of its rows, whenever they come into view.
 */
export function kept<Formatter>(make: (locale: string) => Formatter): () => Formatter {
  const made = new Map<string, Formatter>();
  return () => {
    const tag = locale();
    const formatter = made.get(tag) ?? make(tag);
    made.set(tag, formatter);
    return formatter;
  };
}
