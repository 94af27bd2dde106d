import { count, pluralOf } from '../counting';
import type { moved as model } from '../en/moved';

const plural = pluralOf('de');
const addresses = (n: number) => `${count(n)} ${plural(n, { one: 'Adresse', other: 'Adressen' })}`;

export const moved: typeof model = {
  title: 'Links auf verschobene Dateien',
  lead: 'Fügen Sie einen Text ein. Adressen von Dateien, die Sie verschoben oder kopiert haben, werden durch die der Kopien ersetzt.',
  privacy:
    'Ihr Text bleibt in diesem Browser. Nur die IDs in seinen Adressen werden gesendet, um die Kopien zu finden.',
  nobody: {
    heading: 'Kein Konto ist verbunden',
    text: 'Verbinden Sie das Konto, aus dem die Dateien kamen, oder das, in das sie gingen.',
  },
  connect: { source: 'Quelle verbinden', destination: 'Ziel verbinden' },
  text: 'Text mit Links',
  formatted: 'Links hinter Wörtern sind enthalten. Fügen Sie das Ergebnis dort ein, wo formatierter Text möglich ist.',
  replace: 'Adressen ersetzen',
  replacing: 'Kopien werden gesucht',
  noAddress: 'Der Text enthält keine Adresse einer Datei in Google Drive.',
  result: 'Ergebnis',
  replaced: (n) => `${addresses(n)} ersetzt`,
  unknown: (n) =>
    `${addresses(n)} unverändert: keine Kopie in den Übertragungen der verbundenen Konten, die 30 Tage aufbewahrt werden.`,
  fixed: (n) =>
    `${addresses(n)} unverändert: von einem Formular zum Ausfüllen, einem Skript oder einer im Web veröffentlichten Version. Ersetzen Sie sie von Hand.`,
  copy: 'Ergebnis kopieren',
  copied: 'Ergebnis kopiert',
  notCopied: 'Der Browser hat die Zwischenablage verweigert. Markieren Sie das Ergebnis und kopieren Sie es.',
  link: {
    opening: 'Die Kopie wird geöffnet',
    looking: 'Die Kopie dieser Datei wird gesucht.',
    nobody: {
      heading: 'Verbinden Sie ein Konto, um die Kopie zu öffnen',
      text: 'Das ist die Adresse einer Datei, die vielleicht verschoben wurde. Nur die Konten ihrer Übertragung können sehen, wo sie jetzt ist.',
    },
    none: {
      heading: 'Keine Kopie gefunden',
      text: 'Die verbundenen Konten haben keine Übertragung mit dieser Datei. Vielleicht hat ein anderes Konto eine, oder sie endete vor mehr als 30 Tagen.',
    },
    original: 'Original öffnen',
    another: 'Ein anderes Konto verbinden',
  },
};
