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
    text: 'Kopien würden in derselben Ablage landen. Wählen Sie ein anderes Zielkonto, oder machen Sie weiter, wenn Sie ein Duplikat wollen.',
    useAnother: 'Anderes Konto',
  },
  sandbox: {
    heading: 'Diese Konten sind erfunden',
    text: 'Hier steht eine Sandbox anstelle von Google: kein Passwort, keine echte Datei. Verbinden Sie beide, kopieren Sie, was Sie mögen, und sehen Sie nach, was angekommen ist.',
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
      'Gibt Ausgewähltes für das Ziel frei, solange eine Übertragung läuft, ohne E-Mails, und nimmt das dann zurück',
    trashes: 'Legt Originale in den Papierkorb, nur wenn Sie „Verschieben“ wählen, nur nach geprüfter Kopie',
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
    accessWithdrawn: 'Zugriff entzogen',
    notKnown: 'Nicht bekannt',
    notConnected: 'Nicht verbunden',
    storage: {
      unlimited: (used) => `${used} belegt, ohne Grenze`,
      limited: (used, limit) => `${used} von ${limit} belegt`,
      failed: 'Der Speicherplatz konnte nicht gelesen werden.',
      reading: 'Speicherplatz wird gelesen',
    },
    readOnly: {
      source: 'Nur zum Lesen verbunden: Alles kann kopiert, nichts verschoben werden.',
      destination:
        'Nur zum Lesen verbunden: Hier kann nichts angelegt werden. Verbinden Sie das Konto neu und lassen Sie das Häkchen bei Drive gesetzt.',
    },
    until: (moment) => `Angemeldet bis ${moment}. Begonnene Übertragungen laufen danach weiter.`,
    accessEnds: (moment) =>
      `Google beendet diesen Zugriff von sich aus: ${moment}. Melden Sie sich vorher neu an; eine Übertragung, die länger dauert, wartet darauf. Steht CloudMovers Zustimmungsbildschirm auf „Test“, kann der Betreiber das aufheben, indem er ihn bei Google veröffentlicht.`,
    signInAgain: 'Neu anmelden',
    useAnother: 'Anderes Konto',
    disconnect: 'Trennen',
    disconnecting: 'Wird getrennt',
    asking: {
      source: 'Es wird gefragt, ob die Quelle noch verbunden ist',
      destination: 'Es wird gefragt, ob das Ziel noch verbunden ist',
    },
    reconnectHeading: { source: 'Quelle neu verbinden', destination: 'Ziel neu verbinden' },
    reconnect: { source: 'Quelle neu verbinden', destination: 'Ziel neu verbinden' },
    forget: 'Dieses Konto vergessen',
    tryAgain: 'Noch einmal versuchen',
    choose: { source: 'Wählen Sie das Quellkonto', destination: 'Wählen Sie das Zielkonto' },
    purpose: {
      source: 'Von hier werden Dateien gelesen.',
      destination: 'Hier entstehen die Kopien, und hier gehören sie hin.',
    },
    email: 'E-Mail-Adresse des Kontos',
    emailHint: '(freiwillig, wählt es bei Google aus)',
    connect: { source: 'Quelle verbinden', destination: 'Ziel verbinden' },
    sameTab: 'Google öffnet sich in diesem Tab und bringt Sie hierher zurück.',
    expired: 'Anmeldungen gelten höchstens 24 Stunden. Begonnene Übertragungen laufen weiter.',
    refused: 'Google nimmt diese Anmeldung nicht mehr an. Übertragungen, die sie brauchen, warten auf Sie.',
  },
  landing: {
    connecting: 'Verbinden',
    finishing: 'Die Anmeldung wird abgeschlossen.',
    unexpected: {
      heading: (email) => `${email} verbinden?`,
      reason: 'Diese Anmeldung begann nicht in diesem Tab',
      text: (email, side) =>
        `Ein Link will ${email} als ${side ? { source: 'Quelle', destination: 'Ziel' }[side] : 'eines Ihrer Konten'} verbinden. Wenn Sie das nicht erwartet haben, verbinden Sie es nicht: Ihre Dateien könnten an jemand anderen gehen.`,
      decline: 'Nicht verbinden',
      accept: (email) => `${email} verbinden`,
    },
    which: {
      heading: 'Für welche Seite ist dieses Konto?',
      text: 'Beide Seiten sind schon verbunden. Das Konto ersetzt das der Seite, die Sie wählen.',
      use: { source: 'Als Quelle verwenden', destination: 'Als Ziel verwenden' },
    },
    interrupted: {
      heading: 'Fast verbunden',
      reason: 'CloudMover ist nicht erreichbar',
      text: 'Google hat schon zugestimmt. Solange diese Seite offen bleibt, geht nichts verloren.',
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
