import { count, pluralOf } from '../counting';
import type { shell as model } from '../en/shell';

const plural = pluralOf('de');

export const shell: typeof model = {
  stepUp: {
    title: 'Zum Fortfahren neu anmelden',
    text: (account) =>
      `${account} hat sich vor mehr als einer Stunde angemeldet. Bestätigen Sie zum Schutz der Dateien noch einmal bei Google, dass Sie es sind.`,
    thisAccount: 'Dieses Konto',
    then: {
      start: 'Google öffnet sich in diesem Tab und führt Sie hierher zurück. Danach beginnt das Verschieben.',
      retry: 'Google öffnet sich in diesem Tab und führt Sie hierher zurück. Danach beginnt der neue Versuch.',
      rerun: 'Google öffnet sich in diesem Tab und führt Sie hierher zurück. Danach beginnt die Aktualisierung.',
      undo: 'Google öffnet sich in diesem Tab und führt Sie hierher zurück. Danach wird das Verschieben rückgängig gemacht.',
      withdraw: 'Google öffnet sich in diesem Tab und führt Sie hierher zurück. Danach wird der Zugriff entzogen.',
    },
    keep: 'Jetzt nicht',
    act: 'Weiter zu Google',
    another: (account) => `Ein anderes Konto hat sich angemeldet. Es wurde nichts geändert: Nötig ist ${account}.`,
    unchecked:
      'Es konnte nicht geprüft werden, welches Konto sich angemeldet hat. Es wurde nichts geändert. Bitte versuchen Sie es noch einmal.',
  },
  notify: {
    heading: 'Benachrichtigen, wenn die Übertragung fertig ist',
    mail: (address) => `E-Mail an ${address}`,
    browser: 'In diesem Browser',
    hint: 'Wenn CloudMover in einem Tab im Hintergrund offen ist.',
    blocked: 'Ihr Browser blockiert Benachrichtigungen.',
  },
  skip: 'Zum Inhalt springen',
  home: 'CloudMover, Dateien übertragen',
  navigation: 'Hauptmenü',
  pages: {
    connect: 'Verbinden',
    move: 'Dateien wählen',
    choose: 'Auswählen',
    review: 'Prüfen',
    transfers: 'Übertragungen',
    transfer: 'Übertragung',
    sessions: 'Sitzungen',
    analytics: 'Auswertung',
    settings: 'Einstellungen',
    accounts: 'Konten',
    notFound: 'Nicht gefunden',
  },
  operator: {
    name: 'Betreiber',
    lock: 'Sperren',
    lockMeans: 'Sperren: den Betreiberschlüssel vergessen',
    more: 'Mehr',
  },
  appearance: 'Farbschema und Sprache',
  theme: 'Farbschema',
  themes: { system: 'System', light: 'Hell', dark: 'Dunkel' },
  density: 'Zeilenhöhe',
  densities: { comfortable: 'Bequem', compact: 'Kompakt' },
  language: 'Sprache',
  languages: { en: 'English', de: 'Deutsch' },
  languageNotLoaded: 'Diese Sprache konnte nicht geladen werden.',
  needYou: (n) => `${count(n)} ${plural(n, { one: 'wartet', other: 'warten' })} auf Sie`,
  palette: {
    heading: 'Befehle',
    label: 'Was möchten Sie tun?',
    placeholder: 'Befehl eingeben',
    nothing: (search) => `Kein Befehl passt zu „${search}“.`,
    goTo: (page) => `Gehe zu: ${page}`,
    connect: { source: 'Ein Quellkonto verbinden', destination: 'Ein Zielkonto verbinden' },
    help: 'Hilfe und Tastenkürzel',
    also: {
      move: 'auswählen kopieren verschieben drive',
      accounts: 'verbinden anmelden',
      sessions: 'sicherheit abmelden zugriff entziehen',
    },
  },
  help: {
    open: 'Tastenkürzel und Hilfe',
    heading: 'Tastatur und Hilfe',
    groups: [
      {
        name: 'Überall',
        keys: [
          { does: 'Befehle', keys: ['Strg', 'K'] },
          { does: 'Dateien wählen', keys: ['g', 'm'] },
          { does: 'Übertragungen', keys: ['g', 't'] },
          { does: 'Sitzungen', keys: ['g', 's'] },
          { does: 'Einstellungen', keys: ['g', ','] },
          { does: 'Diese Hilfe', keys: ['?'] },
        ],
      },
      {
        name: 'Beim Auswählen',
        keys: [
          { does: 'Bereich Von, Bereich Nach', keys: ['1', '2'] },
          { does: 'Suchen', keys: ['/'] },
          { does: 'Nächste oder vorige Zeile', keys: ['↑', '↓'] },
          { does: 'Ordner öffnen', keys: ['Eingabe'] },
          { does: 'Größe des Ordners', keys: ['Alt', 'Eingabe'] },
          { does: 'Eine Ebene höher', keys: ['Rücktaste'] },
          { does: 'Auswählen', keys: ['Leertaste'] },
          { does: 'Bereich auswählen', keys: ['Umschalt', '↑↓'] },
          { does: 'Alle geladenen auswählen', keys: ['Strg', 'A'] },
          { does: 'Auswahl aufheben', keys: ['Esc'] },
          { does: 'Prüfen', keys: ['Strg', 'Eingabe'] },
        ],
      },
    ],
    singleKeys: 'Kürzel mit einzelnen Tasten',
    singleKeysWhy:
      'Schalten Sie sie aus, wenn Sie Sprachsteuerung benutzen oder Tasten versehentlich drücken. Strg K funktioniert weiterhin.',
    api: 'API-Referenz',
    moved: 'Links auf verschobene Dateien ersetzen',
    operator: 'Betreiberschlüssel',
    close: 'Schließen',
  },
  connection: {
    live: 'Live',
    reconnecting: (seconds) => `Neue Verbindung in ${seconds} Sek`,
    polling: (time) => `Stand ${time}, alle 15 Sek`,
    offline: 'Offline',
  },
  offline: {
    heading: 'Sie sind offline',
    text: 'Übertragungen laufen weiter. Sie sehen die zuletzt geladenen Daten. Schaltflächen, die etwas ändern, sind wieder verfügbar, sobald Sie online sind.',
  },
  recovery: {
    unreachable:
      'Sie sehen die zuletzt geladenen Daten; alles bereits Übertragene ist sicher. Diese Seite stellt die Verbindung automatisch wieder her.',
    databaseAway:
      'Sie sehen die zuletzt geladenen Daten; alles bereits Übertragene ist sicher. Übertragungen pausieren. Sobald die Datenbank antwortet, werden sie automatisch fortgesetzt, und diese Seite aktualisiert sich wieder.',
  },
  pageNotLoaded:
    'Diese Seite konnte nicht geladen werden: kein Netz, oder eine neue Version von CloudMover. Übertragungen laufen weiter.',
  reload: 'Neu laden',
  accounts: {
    from: 'Konten: von',
    to: 'nach',
    ended: 'Anmeldung abgelaufen',
    checking: 'wird geprüft',
    unknown: 'nicht bekannt',
    absent: 'nicht verbunden',
  },
  fromTo: { source: 'Von', destination: 'Nach' },
  sessionEnded: {
    source: 'Ihre Anmeldung an der Quelle ist abgelaufen.',
    destination: 'Ihre Anmeldung am Ziel ist abgelaufen.',
  },
  blockedReason: {
    offline: 'Sie sind offline.',
    notConnected: { source: 'Die Quelle ist nicht verbunden.', destination: 'Das Ziel ist nicht verbunden.' },
    notChecked: {
      source: 'Die Verbindung zur Quelle ist noch nicht geprüft.',
      destination: 'Die Verbindung zum Ziel ist noch nicht geprüft.',
    },
  },
  steps: { label: 'Schritte', Connect: 'Verbinden', Choose: 'Auswählen', Review: 'Prüfen', Transfer: 'Übertragen' },
  dismiss: 'Schließen',
  loading: 'Wird geladen',
  stillWaiting: 'Google antwortet noch nicht',
  notFound: {
    heading: 'Nicht gefunden',
    reason: 'Unter dieser Adresse gibt es keine Seite',
    text: 'Der Link ist vielleicht alt oder falsch geschrieben.',
    back: 'Zu den Konten',
  },
};
