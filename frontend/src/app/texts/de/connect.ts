import type { connect as model } from '../en/connect';

export const connect: typeof model = {
  heading: 'Verbinden Sie die beiden Konten',
  lead: 'Dateien werden aus der Quelle gelesen und ins Ziel kopiert. Das Kopieren läuft auf dem Server: Sobald es begonnen hat, können Sie diesen Browser schließen.',
  allEnded: {
    heading: 'Ihre Anmeldungen sind abgelaufen',
    text: 'Übertragungen liefen weiter. Verbinden Sie eines der Konten, um sie zu sehen.',
  },
  sameAccount: {
    heading: (email) => `Beide Seiten sind ${email}`,
    text: 'Die Kopien würden in derselben Ablage angelegt. Wählen Sie ein anderes Zielkonto, oder fahren Sie fort, wenn Sie Duplikate wollen.',
    useAnother: 'Anderes Konto',
  },
  sandbox: {
    heading: 'Dies sind Demokonten',
    text: 'Hier ersetzt eine Sandbox Google: keine Passwörter, keine echten Dateien. Verbinden Sie beide, kopieren Sie, was Sie möchten, und sehen Sie nach, was angekommen ist.',
    see: (name) => `Drive von ${name} ansehen`,
    seeAll: 'Die Sandbox ansehen',
    newTab: '(öffnet einen neuen Tab)',
  },
  chooseFiles: 'Dateien wählen',
  seeTransfers: 'Übertragungen',
  access: {
    heading: 'Was CloudMover mit diesem Zugriff tut',
    inSource: 'In der Quelle',
    reads: 'Liest Namen, Ordner, Daten und Inhalte dessen, was Sie auswählen',
    shares:
      'Gibt Ausgewähltes für das Ziel frei, solange eine Übertragung läuft, ohne E-Mails, und entfernt die Freigabe dann',
    trashes:
      'Legt Originale in den Papierkorb, aber nur, wenn Sie „Verschieben“ wählen, und erst, wenn die Kopie geprüft ist',
    inDestination: 'Im Ziel',
    creates: 'Legt die Kopien und ihre Ordner an',
    storage: 'Liest den freien Speicherplatz, um Sie zu warnen, bevor er ausgeht',
    never: 'Löscht niemals eine Datei endgültig, in keinem der Konten',
    why: 'Google fragt nach der Erlaubnis, alle Ihre Drive-Dateien zu sehen, zu bearbeiten, zu erstellen und zu löschen. Eine engere, mit der eine App vorhandene Dateien kopieren darf, hat Google nicht. Lassen Sie das Häkchen bei Drive gesetzt, sonst kann nichts gelesen werden.',
  },
  card: {
    tag: { source: 'Von · Quelle', destination: 'Nach · Ziel' },
    connected: 'Verbunden',
    endsIn: (left) => `Endet in ${left}`,
    lessThanAMinute: 'weniger als einer Minute',
    checking: 'Wird geprüft',
    signInEnded: 'Anmeldung abgelaufen',
    accessWithdrawn: 'Kein Zugriff',
    notKnown: 'Nicht bekannt',
    notConnected: 'Nicht verbunden',
    storage: {
      unlimited: (used) => `${used} belegt, nicht begrenzt`,
      limited: (used, limit) => `${used} von ${limit} belegt`,
      failed: 'Der Speicherplatz konnte nicht gelesen werden.',
      reading: 'Speicherplatz wird gelesen',
    },
    copyOnly: {
      chip: 'Verbunden, nur Kopieren',
      label: 'Nur kopieren.',
      hint: 'CloudMover kann diese Ablage lesen, aber nichts darin freigeben oder in den Papierkorb legen. Dateien werden gestreamt, Verschieben ist aus.',
      allow: 'Verschieben erlauben',
    },
    readOnly: {
      source: 'Nur kopieren: Alles hier kann kopiert, nichts verschoben werden.',
      destination:
        'Nur zum Lesen verbunden: Hier kann nichts angelegt werden. Verbinden Sie das Konto neu und lassen Sie das Häkchen bei Drive gesetzt.',
    },
    until: (moment) => `Angemeldet bis ${moment}. Begonnene Übertragungen laufen danach weiter.`,
    accessEnds: (moment) =>
      `Google beendet diesen Zugriff (${moment}). Melden Sie sich vorher neu an; Übertragungen, die dann noch laufen, warten auf Sie. Steht CloudMovers Zustimmungsbildschirm auf „Test“, kann die Administration diese Grenze aufheben, indem sie ihn bei Google veröffentlicht.`,
    signInAgain: 'Neu anmelden',
    useAnother: 'Anderes Konto',
    disconnect: 'Trennen',
    disconnecting: 'Wird getrennt',
    checkingSide: {
      source: 'Die Verbindung zur Quelle wird geprüft',
      destination: 'Die Verbindung zum Ziel wird geprüft',
    },
    reconnectHeading: { source: 'Quelle neu verbinden', destination: 'Ziel neu verbinden' },
    reconnect: { source: 'Quelle neu verbinden', destination: 'Ziel neu verbinden' },
    forget: 'Dieses Konto vergessen',
    tryAgain: 'Noch einmal versuchen',
    choose: { source: 'Wählen Sie das Quellkonto', destination: 'Wählen Sie das Zielkonto' },
    purpose: {
      source: 'Von hier werden Dateien gelesen.',
      destination: 'Hier entstehen die Kopien, und diesem Konto gehören sie.',
    },
    email: 'E-Mail-Adresse des Kontos',
    emailHint: '(optional, wird bei Google vorausgewählt)',
    connect: { source: 'Quelle verbinden', destination: 'Ziel verbinden' },
    sameTab: 'Google öffnet sich in diesem Tab und führt Sie hierher zurück.',
    expired:
      'Eine Anmeldung endet nach einiger Zeit, normalerweise nach 24 Stunden. Begonnene Übertragungen laufen weiter.',
    refused:
      'CloudMover hat keinen Zugriff mehr auf dieses Konto. Übertragungen, die es brauchen, warten, bis Sie es neu verbinden.',
  },
  landing: {
    connecting: 'Verbinden',
    finishing: 'Die Anmeldung wird abgeschlossen.',
    unexpected: {
      heading: (email) => `${email} verbinden?`,
      reason: 'Diese Anmeldung wurde nicht in diesem Tab begonnen',
      text: (email, side) =>
        `Ein Link will ${email} als ${side ? { source: 'Quelle', destination: 'Ziel' }[side] : 'eines Ihrer Konten'} verbinden. Wenn Sie das nicht erwartet haben, verbinden Sie es nicht: Ihre Dateien könnten an jemand anderen gehen.`,
      decline: 'Nicht verbinden',
      accept: (email) => `${email} verbinden`,
    },
    which: {
      heading: 'Für welche Seite ist dieses Konto?',
      text: 'Beide Seiten sind schon verbunden. Dieses Konto ersetzt das Konto der Seite, die Sie wählen.',
      use: { source: 'Als Quelle verwenden', destination: 'Als Ziel verwenden' },
    },
    interrupted: {
      heading: 'Fast verbunden',
      reason: 'CloudMover ist nicht erreichbar',
      text: 'Die Anmeldung bei Google ist abgeschlossen. Solange diese Seite offen bleibt, geht nichts verloren.',
      again: 'Noch einmal versuchen',
    },
    refused: {
      heading: 'Nicht verbunden',
      otherStays: { source: 'Die Quelle ist weiterhin verbunden.', destination: 'Das Ziel ist weiterhin verbunden.' },
      again: { source: 'Quelle neu verbinden', destination: 'Ziel neu verbinden' },
      accounts: 'Konten',
    },
  },
};
