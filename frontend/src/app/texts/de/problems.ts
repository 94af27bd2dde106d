import type { problems as model } from '../en/problems';

const AN = { source: 'an der Quelle', destination: 'am Ziel' };
const THE = { source: 'die Quelle', destination: 'das Ziel' };

export const problems: typeof model = {
  codes: {
    session_expired: ({ side }) =>
      `Ihre Anmeldung ${side ? AN[side] : 'bei Google'} ist abgelaufen. Ihre Auswahl bleibt erhalten.`,
    token_missing: ({ side }) =>
      `Ihre Anmeldung ${side ? AN[side] : 'bei Google'} ist abgelaufen. Ihre Auswahl bleibt erhalten.`,
    reconnect_needed: ({ side }) =>
      `CloudMover hat keinen Zugriff mehr auf ${side ? THE[side] : 'das verbundene Konto'}. Ihre Auswahl bleibt erhalten.`,
    wrong_side: ({ side }) =>
      `Diese Anmeldung war für die andere Seite. Verbinden Sie ${side ? THE[side] : 'das Konto'} noch einmal.`,
    wrong_account: ({ account, otherAccount }) =>
      `Verbunden ist ${otherAccount ?? 'ein anderes Konto'}; diese Übertragung braucht ${account ?? 'das, mit dem sie begann'}.`,
    reauthentication_required: ({ side }) =>
      `Melden Sie sich dafür ${side === 'source' ? 'bei der Quelle' : side === 'destination' ? 'beim Ziel' : ''} noch einmal an: Das letzte Mal ist mehr als eine Stunde her. Es wurde nichts geändert.`.replace(
        '  ',
        ' ',
      ),
    link_expired: () => 'Dieser Anmeldelink ist abgelaufen. Es wurde nichts verbunden.',
    access_denied: () => 'Sie haben den Zugriff bei Google nicht erlaubt. Es wurde nichts verbunden.',
    scope_missing: () => 'Google hat keinen Zugriff auf Drive gegeben. Lassen Sie das Häkchen dafür gesetzt.',
    state_mismatch: () => 'Diese Anmeldung begann anderswo oder ist zu lange her. Es wurde nichts verbunden.',
    refresh_token_missing: () =>
      'Google hat keinen dauerhaften Zugriff gegeben. Verbinden Sie das Konto noch einmal und erlauben Sie ihn.',
    account_not_allowed: () => 'Wer diese Installation betreibt, hat dieses Konto nicht zugelassen.',
    sign_in_failed: () => 'Google konnte die Anmeldung nicht abschließen. Es wurde nichts verbunden.',
    domain_policy: ({ account }) =>
      `${account?.split('@')[1] ?? 'Die Organisation dieses Kontos'} erlaubt keine Drive-Apps. Fragen Sie die Administration.`,
    not_found: () => 'Dieses Element gibt es nicht mehr, oder es ist nicht mehr freigegeben.',
    destination_read_only: ({ folder }) => `In ${folder ? `„${folder}“` : 'diesem Ordner'} können Sie nichts anlegen.`,
    destination_storage_full: ({ account }) =>
      `${account ?? 'Das Ziel'} ist voll. Schaffen Sie dort Platz und starten Sie dann noch einmal.`,
    source_permission_denied: () => 'Kopieren und Herunterladen hat der Eigentümer verboten.',
    source_not_found: () => 'Nach der Zählung gelöscht oder nicht mehr freigegeben.',
    source_changed: () => 'Während des Kopierens bearbeitet. Übertragen Sie es noch einmal.',
    source_flagged: () => 'Google hält es für schädlich; nur der Eigentümer darf es abrufen.',
    export_too_large: () => 'Zu groß zum Umwandeln (Grenze von Google). Laden Sie es von Hand herunter.',
    folder_limit: () => 'Der Ordner ist voll oder mehr als 100 Ebenen tief.',
    checksum_mismatch: () => 'Die Kopie wich ab. Sie liegt im Papierkorb des Ziels.',
    google_refused: () => 'Google hat das abgelehnt. Es wurde nichts verändert.',
    quota_exceeded: () => 'Google nimmt vorerst nichts mehr an. Übertragungen warten und gehen von selbst weiter.',
    rate_limited: () => 'Das war zu viel auf einmal. Warten Sie einen Augenblick.',
    google_unavailable: () => 'Google antwortet gerade nicht. Es wurde nichts verändert.',
    service_unavailable: () => 'CloudMover erreicht seine Datenbank nicht. Es wurde nichts verändert.',
    unreachable: () => 'CloudMover ist nicht erreichbar. Übertragungen hängen nicht von diesem Browser ab.',
    transfer_not_found: () => 'Für diese Konten gibt es diese Übertragung nicht.',
    item_not_found: () => 'Dieses Element gibt es in dieser Übertragung nicht.',
    session_not_found: () => 'Diese Sitzung ist schon beendet.',
    transfer_state: () => 'Die Übertragung ist schon weiter; das geht nicht mehr.',
    nothing_to_retry: () => 'Es ist nichts übrig, das noch einmal versucht werden könnte.',
    rerun_expired: () =>
      'Diese Übertragung ist zu lange her, um neue Änderungen zu übernehmen. Starten Sie eine neue mit denselben Elementen.',
    access_withdrawn: ({ side }) =>
      `Das ${side === 'source' ? 'Quellkonto' : side === 'destination' ? 'Zielkonto' : 'andere Konto'} hat seinen Zugriff nach dieser Übertragung entzogen oder sich überall abgemeldet. Starten Sie eine neue mit denselben Elementen.`,
    undo_expired: () => 'Ihr Ende liegt zu lange zurück. Entfernen Sie die Kopien von Hand.',
    preflight_not_found: () =>
      'Für diese Konten gibt es diese Zählung nicht. Zählungen werden eine Stunde aufbewahrt: zählen Sie neu.',
    preflight_not_ready: () => 'Es wird noch gezählt. Starten Sie, wenn die Zählung vollständig ist.',
    preflight_failed: () => 'Die Zählung hat etwas gefunden, das dem Start im Wege steht.',
    preflight_blocked: () => 'Eine Prüfung steht dem Start im Wege. Es wurde nichts kopiert.',
    too_many_transfers: () =>
      'Dieses Konto hat zu viele Übertragungen, die noch nicht beendet sind. Warten Sie auf eine, oder brechen Sie eine ab.',
    too_many_preflights: () =>
      'Zu viele Zählungen auf einmal. Warten Sie, bis eine vollständig ist, oder halten Sie eine an.',
    operator_key_refused: () => 'Dieser Schlüssel wird nicht angenommen.',
    metrics_key_refused: () => 'Dieser Schlüssel wird nicht angenommen.',
    cannot_copy: () => 'Der Eigentümer erlaubt das Kopieren nicht.',
    sharing_refused: () => 'Das Quellkonto darf das nicht für das Ziel freigeben.',
    id_taken: () => 'Unter derselben Kennung liegt dort etwas anderes. Versuchen Sie es noch einmal.',
    not_transferred: () => 'Die Datei konnte nicht übertragen werden.',
    ambiguous_write: () =>
      'Es ist unklar, ob Google das angenommen hat. Sehen Sie dort nach, bevor Sie es wiederholen.',
    refresh_token_rejected: () => 'Google nimmt diesen Schlüssel zum Konto nicht an. Verbinden Sie es noch einmal.',
    service_account_rejected: () =>
      'Dieses Dienstkonto lässt sich nicht verwenden. Fragen Sie, wer diese Installation betreibt.',
    invalid_request: () => 'CloudMover nimmt die Eingabe nicht an. Prüfen Sie sie und versuchen Sie es noch einmal.',
    token_conflict: () => 'Zwei verschiedene Anmeldungen wurden zugleich benutzt. Laden Sie die Seite neu.',
    query_token_refused: () => 'Anmeldungen in Adressen sind hier abgeschaltet. Verbinden Sie neu.',
    idempotency_in_progress: () => 'Die erste solche Anfrage läuft noch. Warten Sie einen Moment.',
    idempotency_conflict: () => 'Danach wurde schon mit anderem Inhalt gefragt. Laden Sie die Seite neu.',
    method_not_allowed: () =>
      'CloudMover nimmt diese Anfrage hier nicht an. Laden Sie die Seite neu: vielleicht gibt es eine neue Version.',
    route_not_found: () =>
      'Diese Adresse kennt CloudMover nicht. Laden Sie die Seite neu: vielleicht gibt es eine neue Version.',
    request_timeout: () => 'Die Leitung war zu langsam. Es wurde nichts verändert.',
    body_too_large: () => 'Das ist zu viel für eine Anfrage. Wählen Sie weniger.',
    expectation_failed: () => 'Der Client erwartet etwas, das der Server nicht bietet.',
    address_too_long: () => 'Das ist zu viel für eine Anfrage. Wählen Sie weniger.',
    headers_too_large: () => 'Das ist zu viel für eine Anfrage. Wählen Sie weniger.',
    internal: ({ traceId }) =>
      `CloudMover hatte ein Problem. Die Dateien sind unberührt.${traceId ? ` Nennen Sie ${traceId}.` : ''}`,
  },
  remedies: {
    connect: (side) => (side ? `${side === 'source' ? 'Quelle' : 'Ziel'} neu verbinden` : 'Neu verbinden'),
    connectAgain: 'Neu verbinden',
    goUp: 'Eine Ebene höher',
    chooseAnother: 'Etwas anderes wählen',
    copyNote: 'Notiz für die Administration kopieren',
    tryAgain: 'Noch einmal versuchen',
  },
  notLoaded: 'Das konnte nicht geladen werden',
  noteCopied: 'Die Notiz ist in der Zwischenablage.',
  noteNotCopied: 'Der Browser hat es nicht erlaubt. Die Notiz lautet:',
  noteForAdministrator: (account, address) =>
    `${account ?? 'Ein Konto unserer Organisation'} konnte nicht mit CloudMover unter ${address} verbunden werden, ` +
    'weil unser Google Workspace dieser App Google Drive nicht erlaubt. In der Admin-Konsole: Sicherheit › Zugriff ' +
    'und Datenkontrolle › API-Steuerung › App-Zugriff verwalten: der App vertrauen oder ihr den Bereich ' +
    'https://www.googleapis.com/auth/drive erlauben.',
};
