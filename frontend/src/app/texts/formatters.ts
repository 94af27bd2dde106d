import { locale } from './language';

/**
 * Caches a formatter for each locale: creating one takes a hundred times as long as using it, and a list uses several for
 * each row.
 */
export function cached<Formatter>(create: (locale: string) => Formatter): () => Formatter {
  const formatters = new Map<string, Formatter>();
  return () => {
    const tag = locale();
    const formatter = formatters.get(tag) ?? create(tag);
    formatters.set(tag, formatter);
    return formatter;
  };
}
