import { count, pluralOf } from '../counting';
import type { sessions as model } from '../en/sessions';

const plural = pluralOf('de');

export const sessions: typeof model = {
  heading: 'Sitzungen und Sicherheit',
  lead: 'Wenn Sie sich hier abmelden, laufen Übertragungen weiter. Um eine zu beenden, brechen Sie sie ab.',
  nobody: {
    heading: 'Kein Konto ist verbunden',
    text: 'Verbinden Sie ein Konto, um zu sehen, wo es angemeldet ist, und um unbekannte Sitzungen zu beenden.',
    action: 'Ein Konto verbinden',
  },
  here: {
    heading: 'In diesem Browser verbunden',
    ends: (moment) => `Endet ${moment}`,
    endsIn: (left) => `Endet in ${left}`,
    left: (left, since) => `in ${left}, angemeldet ${since}`,
    soon: 'Danach müssen Sie sich zum Auswählen neu anmelden. Übertragungen laufen weiter.',
    today: (time) => `heute, ${time}`,
    checking: 'Wird geprüft',
    ended: 'Anmeldung abgelaufen',
    withdrawn: 'Kein Zugriff',
    unknown: 'Im Moment nicht bekannt',
    absent: 'Nicht verbunden',
    endedMeans: 'Begonnene Übertragungen laufen weiter.',
    withdrawnMeans: 'Seine Übertragungen warten, bis Sie es neu verbinden.',
    signInAgain: 'Neu anmelden',
    connect: { source: 'Quelle verbinden', destination: 'Ziel verbinden' },
    reconnect: { source: 'Quelle neu verbinden', destination: 'Ziel neu verbinden' },
    disconnect: 'Trennen',
    disconnecting: 'Wird getrennt',
    again: { source: 'An der Quelle neu anmelden', destination: 'Am Ziel neu anmelden' },
    disconnectSide: { source: 'Quelle trennen', destination: 'Ziel trennen' },
    session: 'Sitzung',
  },
  types: { source: 'Von', destination: 'Nach', general: 'Beliebige Seite' },
  others: {
    heading: 'Ihre anderen Sitzungen',
    session: 'Sitzung',
    account: 'Konto',
    lastUsed: 'Zuletzt benutzt',
    ends: 'Endet',
    end: 'Beenden',
    ending: 'Wird beendet',
    endNamed: (session) => `Sitzung ${session} beenden`,
    never: 'nie',
    none: 'Keine andere Sitzung dieser Konten ist offen.',
    endAll: 'Alle anderen beenden',
    ended: (n) =>
      `${count(n)} ${plural(n, { one: 'Sitzung', other: 'Sitzungen' })} beendet. Übertragungen laufen weiter.`,
    ask: {
      title: (n) => plural(n, { one: 'Die andere Sitzung beenden?', other: `${count(n)} andere Sitzungen beenden?` }),
      text: 'Browser und Programme, die sie benutzen, müssen sich neu anmelden. Dieser Browser bleibt verbunden, und Übertragungen laufen weiter.',
      keep: 'Behalten',
      act: 'Alle anderen beenden',
    },
    notShown: 'Ihre anderen Sitzungen konnten nicht gezeigt werden',
    loading: 'Ihre Sitzungen werden geladen',
    device: (browser, os) => (browser && os ? `${browser} unter ${os}` : (browser ?? os ?? 'Unbekanntes Gerät')),
  },
  keptHere: {
    heading: 'In diesem Browser gespeichert',
    tokens: 'Zwei Sitzungstoken, normalerweise 24 Stunden gültig',
    look: 'Farbschema, Sprache, Zeilenhöhe und Breite der Bereiche',
    nothing: 'Kein Google-Passwort, kein Google-Token, keine Dateinamen',
  },
  keptThere: {
    heading: 'Auf dem Server gespeichert',
    credentials: 'Zugangsdaten von Google, verschlüsselt, bis Ihre Anmeldung endet oder Sie trennen',
    transfers: 'Länger, solange eine Übertragung sie braucht; danach gelöscht',
    report: 'Namen der Elemente und Ergebnisse für den Bericht, 30 Tage lang',
  },
  withdraw: {
    heading: (email) => `Den Zugriff auf ${email} bei Google entziehen`,
    text: 'Google entzieht CloudMover sofort den Zugriff auf das ganze Konto, und alle seine Sitzungen enden.',
    stops: (n) =>
      n === 0
        ? 'Keine offene Übertragung benutzt es.'
        : `${count(n)} offene ${plural(n, { one: 'Übertragung, die es benutzt, hält an und wartet', other: 'Übertragungen, die es benutzen, halten an und warten' })}, bis Sie es neu verbinden.`,
    action: 'Zugriff entziehen',
    actionNamed: (email) => `Zugriff auf ${email} entziehen`,
    withdrawing: 'Wird entzogen',
    ask: {
      title: (email) => `Den Zugriff auf ${email} entziehen?`,
      ends: 'Alle seine Sitzungen enden, in jedem Browser. Fertige Kopien bleiben, wo sie sind. Seine Übertragungen können keine neuen Änderungen mehr übernehmen.',
      none: 'Keine offene Übertragung benutzt es.',
      stops: 'Diese Übertragungen halten an. Sie warten, bis Sie sich wieder anmelden und sie fortsetzen:',
      transfer: (what, from, to) => `${what}, von ${from} nach ${to}`,
      more: (n) => `und ${count(n)} weitere`,
      notKnown:
        'Es ließ sich nicht prüfen, welche Übertragungen anhalten würden. Alle, die dieses Konto benutzen, warten, bis Sie es neu verbinden.',
      keep: 'Zugriff behalten',
      act: 'Zugriff entziehen',
    },
    done: (email, n, confirmed) =>
      `Der Zugriff auf ${email} ist entzogen.` +
      (confirmed ? '' : ' Google antwortet gerade nicht; CloudMover versucht es weiter.') +
      (n > 0
        ? ` ${count(n)} ${plural(n, { one: 'Übertragung wartet', other: 'Übertragungen warten' })}, bis Sie es neu verbinden.`
        : ''),
  },
};
