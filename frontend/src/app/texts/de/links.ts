import { count, pluralOf } from '../counting';
import type { LinkCode } from '../../api/models/link-code';
import type { links as model } from '../en/links';

const plural = pluralOf('de');
const linksOf = (n: number) => `${count(n)} ${plural(n, { one: 'Link', other: 'Links' })}`;
const documentsOf = (n: number) => `${count(n)} ${plural(n, { one: 'Dokument', other: 'Dokumente' })}`;

export const links: typeof model = {
  heading: 'Links in Dokumenten',
  mode: {
    label: 'Links in den kopierten Dokumenten',
    leave: 'Belassen',
    report: 'Auflisten',
    rewrite: 'Anpassen',
  },
  choices: {
    leave: 'Links in den Kopien bleiben, wie sie sind: Sie führen zu den Originalen.',
    report:
      'CloudMover listet jeden Link auf etwas in Drive auf, und zeigt, welche zu einer Kopie führen könnten. Kein Dokument wird geändert.',
    rewrite:
      'Links auf etwas, das auch kopiert wird, führen danach zu dessen Kopie. Geändert werden nur Kopien, nie Originale.',
  },
  uncounted: 'Zählen Sie neu, um zu sehen, wie viele Links es gibt.',
  recount: 'Mit diesen Einstellungen neu zählen',
  result: {
    report: (about) => `Etwa ${about} werden aufgelistet.`,
    rewrite: (about) => `Etwa ${about} werden angepasst.`,
  },
  none: 'Keine Dokumente, die Links enthalten können.',
  counted: linksOf,
  table: 'Dokumente mit Links, nach Art',
  columns: {
    kind: 'Art',
    documents: 'Dokumente',
    report: 'Links auf Kopiertes, etwa',
    rewrite: 'Anzupassende Links, etwa',
    meaning: 'Was das bedeutet',
  },
  kinds: { document: 'Docs', spreadsheet: 'Sheets', presentation: 'Slides', form: 'Forms' },
  meanings: {
    document: 'Text, Smartchips, Tabellen, Kopf- und Fußzeilen, Fußnoten.',
    spreadsheet:
      'Zellen, Notizen, Chips, HYPERLINK und IMPORTRANGE. Für jedes geänderte IMPORTRANGE muss jemand einmal den Zugriff erlauben.',
    presentation: 'Text, Formen, Bilder und Vortragsnotizen. Verknüpfte Diagramme bleiben und werden aufgelistet.',
    form: 'Die Tabelle, die die Antworten aufnimmt. Nur eine Person kann sie ändern; sie wird aufgelistet.',
  },
  unknown: 'unbekannt',
  estimated: (n) =>
    `Geschätzt anhand von ${count(n)} gelesenen ${plural(n, { one: 'Dokument', other: 'Dokumenten' })}. Links auf etwas außerhalb dieser Übertragung bleiben, wie sie sind.`,
  apiOff: {
    heading: (kinds, n) =>
      plural(n, { one: `Die ${kinds}-API ist ausgeschaltet`, other: `Die APIs von ${kinds} sind ausgeschaltet` }),
    planned: (n, apis) =>
      `Die Links in ${count(n)} ${plural(n, { one: 'Dokument', other: 'Dokumenten' })} sind nicht bekannt. Schalten Sie ${plural(apis, { one: 'die API', other: 'die APIs' })} in der Google Cloud Console ein und zählen Sie neu. Alles andere funktioniert.`,
    running: (n, apis) =>
      `${documentsOf(n)} ${plural(n, { one: 'wird', other: 'werden' })} nicht gelesen. Alles andere läuft weiter. Schalten Sie ${plural(apis, { one: 'die API', other: 'die APIs' })} in der Google Cloud Console ein; nach dem Ende können Sie die übrigen Links anpassen.`,
    ended: (n, apis) =>
      `${documentsOf(n)} ${plural(n, { one: 'wurde', other: 'wurden' })} nicht gelesen. Schalten Sie ${plural(apis, { one: 'die API', other: 'die APIs' })} in der Google Cloud Console ein, und lassen Sie die Links im Tab „Links“ noch einmal auflisten oder anpassen.`,
    copy: 'Adresse der Konsole kopieren',
    copyOf: (kind) => `Adresse der Konsole für ${kind} kopieren`,
  },
  address: {
    copied: 'Adresse kopiert',
    notCopied: (address) => `Der Browser hat das Kopieren nicht erlaubt. Die Adresse ist ${address}`,
  },
  codes: {
    published: 'Eine im Web veröffentlichte Version, die eine Kopie nicht hat',
    form_response: 'Die Seite, auf der man ein Formular ausfüllt: Ihre Adresse ist eine andere als die des Formulars',
    script: 'Ein Apps Script oder ein Programm, das es veröffentlicht',
    suggestion: 'Teil eines Vorschlags, den niemand angenommen oder abgelehnt hat',
    linked_chart: 'Ein Diagramm, das mit einer Tabelle verknüpft ist',
    drive_video: 'Ein Video in Drive',
    form_destination: 'Die Tabelle, die die Antworten auf ein Formular aufnimmt',
    linked_image: 'Ein verlinktes Bild',
    linked_object: 'Der Link eines Objekts, den bei Google nur eine Person ändern kann',
    computed_address: 'Eine Formel berechnet die Adresse',
    read_only_chip: 'Neben einem Chip, den nur eine Person ändern kann, etwa dem eines Termins oder Ortes',
    api_off: 'Googles API für diese Art von Dokumenten ist ausgeschaltet',
    document_locked: 'Das Dokument ist gesperrt',
    no_edit_right: 'Das Zielkonto darf das Dokument nicht bearbeiten',
    edited_since: 'Jemand hat die Kopie bearbeitet, deshalb blieb sie unverändert',
    edited_meanwhile: 'Jemand hat das Dokument bei jedem Versuch gerade bearbeitet',
    document_missing: 'Die Kopie wurde gelöscht oder liegt im Papierkorb',
    too_large: 'Das Dokument ist zu groß, um es zu lesen',
    not_changed: 'Google hat die Änderung angenommen, aber der alte Link steht noch da',
    refused: 'Google hat es abgelehnt',
  } satisfies Record<LinkCode, string>,
  fixes: {
    published: 'Veröffentlichen Sie die Kopie im Web, und verwenden Sie deren neue Adresse.',
    form_response: 'Öffnen Sie das kopierte Formular, und verwenden Sie dessen Link zum Ausfüllen.',
    script: 'Stellen Sie das Skript der Kopie bereit, und verwenden Sie die neue Adresse.',
    suggestion: 'Nehmen Sie den Vorschlag an oder lehnen Sie ihn ab, und lassen Sie die Links noch einmal anpassen.',
    linked_chart: 'Lösen Sie die Verknüpfung, und fügen Sie das Diagramm aus der kopierten Tabelle neu ein.',
    drive_video: 'Löschen Sie das Video, und fügen Sie das kopierte ein.',
    form_destination: 'Verknüpfen Sie im kopierten Formular unter „Antworten“ die kopierte Tabelle.',
    linked_image: 'Wählen Sie das Bild aus, und ändern Sie dessen Link.',
    linked_object: 'Wählen Sie das Objekt aus, und ändern Sie dessen Link.',
    computed_address: 'Ändern Sie die Formel oder die Zellen, die sie verwendet.',
    read_only_chip: 'Ändern Sie den Link in der Zelle.',
    api_off: 'Schalten Sie sie in der Google Cloud Console ein, und lassen Sie die Links noch einmal anpassen.',
    document_locked: 'Entsperren Sie das Dokument in Drive, und lassen Sie die Links noch einmal anpassen.',
    no_edit_right: 'Lassen Sie das Zielkonto es bearbeiten, und die Links noch einmal anpassen.',
    edited_since: 'Ändern Sie den Link im Dokument; links.csv enthält die neue Adresse.',
    edited_meanwhile: 'Lassen Sie die Links noch einmal anpassen, wenn niemand es bearbeitet.',
    document_missing: 'Holen Sie die Kopie aus dem Papierkorb, und lassen Sie die Links noch einmal anpassen.',
    too_large: 'Ändern Sie die Links im Dokument; map.csv enthält die neuen Adressen.',
    not_changed: 'Ändern Sie den Link im Dokument; links.csv enthält die neue Adresse.',
    refused: 'Ändern Sie den Link im Dokument; links.csv enthält die neue Adresse.',
  } satisfies Record<LinkCode, string>,
  place: {
    slide: (n) => `Folie ${n}`,
    parts: {
      table: 'Tabelle',
      header: 'Kopfzeile',
      footer: 'Fußzeile',
      footnote: 'Fußnote',
      speaker_notes: 'Vortragsnotizen',
    },
    holders: {
      chip: 'Chip',
      note: 'Notiz',
      shape: 'Form',
      image: 'Bild',
      chart: 'Diagramm',
      video: 'Video',
      responses: 'Antworten',
    },
    quoted: (label) => `„${label}“`,
    text: 'Text',
    document: 'Ganzes Dokument',
  },
  list: {
    label: 'Links',
    show: 'Anzeigen',
    outcomes: {
      unsupported: 'Manuell zu ändern',
      failed: 'Fehlgeschlagen',
      unread: 'Nicht gelesen',
      waiting: 'Nicht angepasst',
      rewritten: 'Angepasst',
      outside: 'Führen woandershin',
    },
    search: 'Dokument oder Adresse',
    columns: { document: 'Dokument', place: 'Stelle', what: 'Was zu tun ist', address: 'Adresse', actions: 'Öffnen' },
    consent: 'Öffnen Sie die Tabelle einmal, und wählen Sie „Zugriff erlauben“.',
    becomes: (address) => `Neu: ${address}`,
    open: 'Öffnen',
    openOf: (path) => `${path} in Drive öffnen (öffnet einen neuen Tab)`,
    copyNew: 'Die neue Adresse kopieren',
    loading: 'Links werden geladen',
    failed: 'Die Liste konnte nicht geladen werden',
    empty: 'Kein Link hat dieses Ergebnis.',
    nothingMatches: 'Nichts passt dazu.',
    shown: (n, more) => (more ? `${count(n)} angezeigt, es gibt weitere` : `${count(n)} angezeigt, das sind alle`),
    update: 'Liste aktualisieren',
  },
  transfer: {
    step: 'Links',
    off: 'Links in den Kopien blieben, wie sie waren: Sie führen zu den Originalen.',
    later: 'Links kommen nach der abschließenden Prüfung an die Reihe',
    laterText: 'CloudMover liest die Kopien, sobald alle angekommen sind.',
    none: (read) =>
      `Kein Link auf etwas in Drive. ${documentsOf(read)} ${plural(read, { one: 'wurde', other: 'wurden' })} gelesen.`,
    read: (n) => `${documentsOf(n)} ${plural(n, { one: 'wurde', other: 'wurden' })} gelesen.`,
    unread: (n) => `${documentsOf(n)} ${plural(n, { one: 'konnte', other: 'konnten' })} nicht gelesen werden.`,
    act: { report: 'Links auflisten', rewrite: 'Links anpassen' },
    again: { report: 'Neu auflisten', rewrite: 'Noch einmal anpassen' },
    dialog: {
      heading: { report: 'Die Links in den Kopien auflisten?', rewrite: 'Die Links in den Kopien anpassen?' },
      text: {
        report:
          'CloudMover liest die kopierten Docs, Sheets, Slides und Forms und listet jeden Link auf etwas in Drive auf. Kein Dokument wird geändert.',
        rewrite:
          'Links auf etwas, das kopiert wurde, führen danach zu dessen Kopie. Kopien, die jemand seither bearbeitet hat, bleiben unverändert; die anderen behalten ihr Änderungsdatum.',
      },
      safe: 'Nichts wird noch einmal kopiert, und die Originale werden weder gelesen noch geändert.',
      keep: 'Nicht jetzt',
    },
    totals: {
      label: 'Links in den Kopien',
      found: (n) => plural(n, { one: 'Link gefunden', other: 'Links gefunden' }),
      rewritten: 'angepasst',
      outside: 'führen woandershin',
      unsupported: 'manuell zu ändern',
      failed: 'fehlgeschlagen',
      waiting: 'nicht angepasst',
    },
    parked: (when) =>
      `Google begrenzt zurzeit Anfragen. Als Nächstes folgen die Links in den Kopien. Wird automatisch fortgesetzt: ${when}.`,
    reasons: 'Warum Links nicht angepasst sind',
    reasonsToo: 'Warum Links nicht angepasst oder Dokumente nicht gelesen sind',
    counted: { links: linksOf, documents: documentsOf },
    csv: 'links.csv',
    map: 'map.csv, alte und neue Adressen',
    progress: {
      report: (found, read) =>
        `Links werden aufgelistet: bisher ${count(found)} in ${count(read)} ${plural(read, { one: 'Dokument', other: 'Dokumenten' })}`,
      rewrite: (rewritten, read) =>
        `Links werden angepasst: bisher ${count(rewritten)} in ${count(read)} ${plural(read, { one: 'Dokument', other: 'Dokumenten' })}`,
    },
    figure: {
      name: 'Links',
      rewritten: (n) => `${count(n)} angepasst`,
      found: (n) => `${count(n)} gefunden`,
      waiting: (n) =>
        `${count(n)} ${plural(n, { one: 'führt zu einem kopierten Original', other: 'führen zu kopierten Originalen' })}`,
      failed: (n) => `${count(n)} fehlgeschlagen`,
      manual: (n) => `${count(n)} manuell zu ändern`,
      unread: (n) => `${documentsOf(n)} nicht gelesen`,
      see: () => 'Anzeigen',
    },
    certificate: { name: 'Links in Dokumenten', rewritten: (n, all) => `${count(n)} von ${count(all)} angepasst` },
    about: 'Über Links',
    elsewhere: {
      heading: 'Links an anderer Stelle',
      text: 'E-Mails, Wikis und Lesezeichen enthalten noch die alten Adressen. Fügen Sie einen Text ein, und Sie bekommen ihn mit den neuen zurück.',
      act: 'Adressen ersetzen',
    },
    proof: {
      heading: 'Wie Links geprüft werden',
      rewrite:
        'Jedes geänderte Dokument wurde noch einmal gelesen: Jeder angepasste Link steht dort mit seiner neuen Adresse.',
      report: 'Jedes Dokument wurde einmal gelesen. Keines wurde geändert.',
      edited: (n) =>
        `${linksOf(n)} ${plural(n, { one: 'steht', other: 'stehen' })} in Dokumenten, die jemand nach dem Kopieren bearbeitet hat. Diese Dokumente blieben unverändert, deshalb ${plural(n, { one: 'zählt er', other: 'zählen sie' })} als fehlgeschlagen.`,
    },
  },
};
