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
      `Verbunden ist ${otherAccount ?? 'ein anderes Konto'}; diese Übertragung braucht ${account ?? 'das Konto, mit dem sie gestartet wurde'}.`,
    reauthentication_required: ({ side }) =>
      `Melden Sie sich dafür ${side ? `${AN[side]} ` : ''}noch einmal an: Ihre letzte Anmeldung ist mehr als eine Stunde her. Es wurde nichts geändert.`,
    link_expired: () => 'Dieser Anmeldelink ist abgelaufen. Es wurde nichts verbunden.',
    access_denied: () => 'Sie haben den Zugriff bei Google nicht erlaubt. Es wurde nichts verbunden.',
    scope_missing: () =>
      'Dieses Konto hat den nötigen Zugriff nicht erteilt. Verbinden Sie es erneut, ohne „Nur kopieren“, und lassen Sie das Häkchen für Drive gesetzt.',
    state_mismatch: () =>
      'Diese Anmeldung wurde in einem anderen Browser begonnen oder ist zu lange her. Es wurde nichts verbunden.',
    refresh_token_missing: () =>
      'Google hat keinen dauerhaften Zugriff gewährt. Verbinden Sie das Konto noch einmal und erlauben Sie ihn.',
    account_not_allowed: () => 'Dieses Konto ist hier nicht zugelassen. Fragen Sie die Administration.',
    sign_in_failed: () => 'Google konnte die Anmeldung nicht abschließen. Es wurde nichts verbunden.',
    domain_policy: ({ account }) =>
      `${account?.split('@')[1] ?? 'Die Organisation dieses Kontos'} erlaubt keine Drive-Apps. Fragen Sie die Administration.`,
    not_found: () => 'Dieses Element gibt es nicht mehr, oder es ist nicht mehr freigegeben.',
    destination_read_only: ({ folder }) => `In ${folder ? `„${folder}“` : 'diesem Ordner'} können Sie nichts anlegen.`,
    destination_storage_full: ({ account }) =>
      `${account ?? 'Das Ziel'} ist voll. Schaffen Sie dort Platz und versuchen Sie es dann noch einmal.`,
    source_permission_denied: () => 'Der Eigentümer erlaubt weder Kopieren noch Herunterladen.',
    source_not_found: () => 'Nach der Zählung gelöscht oder nicht mehr freigegeben.',
    source_changed: () => 'Während des Kopierens bearbeitet. Übertragen Sie es noch einmal.',
    source_flagged: () => 'Google hält es für schädlich; nur der Eigentümer kann es herunterladen.',
    export_too_large: () => 'Zu groß zum Umwandeln (Grenze von Google). Laden Sie es von Hand herunter.',
    folder_limit: () => 'Der Ordner ist voll oder mehr als 100 Ebenen tief.',
    checksum_mismatch: () => 'Die Kopie wich vom Original ab und wurde in den Papierkorb des Ziels verschoben.',
    google_refused: () => 'Google hat das abgelehnt. Es wurde nichts geändert.',
    quota_exceeded: () =>
      'Google nimmt vorerst keine neuen Dateien an. Übertragungen warten und werden automatisch fortgesetzt.',
    rate_limited: () => 'Zu viele Anfragen. Warten Sie einen Augenblick und versuchen Sie es dann noch einmal.',
    google_unavailable: () => 'Google antwortet gerade nicht. Es wurde nichts geändert.',
    service_unavailable: () => 'CloudMover erreicht seine Datenbank nicht. Es wurde nichts geändert.',
    unreachable: () => 'CloudMover ist nicht erreichbar. Übertragungen hängen nicht von diesem Browser ab.',
    transfer_not_found: () => 'Für diese Konten gibt es diese Übertragung nicht.',
    item_not_found: () => 'Dieses Element gibt es in dieser Übertragung nicht.',
    session_not_found: () => 'Diese Sitzung ist schon beendet.',
    transfer_state: () => 'Der Zustand der Übertragung hat sich geändert; das ist nicht mehr möglich.',
    nothing_to_retry: () => 'Es gibt nichts mehr zu wiederholen.',
    rerun_expired: () =>
      'Diese Übertragung ist zu lange her, um neue Änderungen zu übernehmen. Starten Sie eine neue mit denselben Elementen.',
    schedule_not_found: () => 'Diese Übertragung wird nicht aktuell gehalten.',
    schedule_refused: () =>
      'Ein Verschieben kann nicht aktuell gehalten werden, weil jeder Lauf Originale in den Papierkorb legt. Übernehmen Sie neue Änderungen selbst, oder kopieren Sie.',
    carry_access_refused: () =>
      'Diese Übertragung kann Freigaben nicht nachträglich übernehmen: Sie hat Freigaben schon übernommen, ihre Originale sind im Papierkorb, oder sie ist Verknüpfungen gefolgt.',
    access_withdrawn: ({ side }) =>
      `Das ${side === 'source' ? 'Quellkonto' : side === 'destination' ? 'Zielkonto' : 'andere Konto'} hat seinen Zugriff nach dieser Übertragung entzogen oder sich überall abgemeldet. Starten Sie eine neue mit denselben Elementen.`,
    undo_expired: () =>
      'Diese Übertragung ist zu lange her, um sie rückgängig zu machen. Löschen Sie die Kopien von Hand.',
    preflight_not_found: () =>
      'Für diese Konten gibt es diese Zählung nicht. Zählungen werden eine Stunde aufbewahrt: zählen Sie neu.',
    preflight_not_ready: () => 'Die Zählung läuft noch. Starten Sie, wenn sie vollständig ist.',
    preflight_failed: () => 'Die Zählung hat ein Problem gefunden, das den Start verhindert.',
    preflight_blocked: () => 'Eine Prüfung verhindert den Start. Es wurde nichts kopiert.',
    too_many_transfers: () =>
      'Dieses Konto hat zu viele Übertragungen, die noch nicht beendet sind. Warten Sie, bis eine endet, oder brechen Sie eine ab.',
    too_many_preflights: () =>
      'Zu viele Zählungen auf einmal. Warten Sie, bis eine vollständig ist, oder brechen Sie eine ab.',
    operator_key_refused: () => 'Dieser Schlüssel ist nicht gültig.',
    metrics_key_refused: () => 'Dieser Schlüssel ist nicht gültig.',
    cannot_copy: () => 'Die Freigabeeinstellungen erlauben Betrachtern das Kopieren nicht.',
    sharing_refused: () => 'Das Quellkonto darf das nicht für das Ziel freigeben.',
    id_taken: () => 'Etwas anderes hat schon diese ID. Versuchen Sie es noch einmal.',
    not_transferred: () => 'Die Datei konnte nicht übertragen werden.',
    ambiguous_write: () =>
      'Es ist unklar, ob Google das gespeichert hat. Sehen Sie in Drive nach, bevor Sie es wiederholen.',
    refresh_token_rejected: () => 'Google akzeptiert die Berechtigung dieses Kontos nicht mehr. Verbinden Sie es neu.',
    service_account_rejected: () => 'Dieses Dienstkonto lässt sich nicht verwenden. Fragen Sie die Administration.',
    invalid_request: () => 'CloudMover nimmt die Eingabe nicht an. Prüfen Sie sie und versuchen Sie es noch einmal.',
    token_conflict: () => 'Zwei verschiedene Anmeldungen wurden zugleich benutzt. Laden Sie die Seite neu.',
    query_token_refused: () => 'Anmeldelinks sind auf diesem Server abgeschaltet. Verbinden Sie neu.',
    operator_key_needed: () => 'Das geht nur mit dem Betreiberschlüssel selbst. Geben Sie ihn noch einmal ein.',
    key_scope_missing: () => 'Dieser Maschinenschlüssel darf das nicht.',
    key_not_found: () => 'Diesen Maschinenschlüssel gibt es nicht mehr.',
    too_many_keys: () => 'Es gibt so viele Maschinenschlüssel, wie dieser Server erlaubt. Beenden Sie zuerst einen.',
    webhook_not_found: () => 'Diesen Webhook gibt es nicht mehr.',
    delivery_not_found: () => 'Diese Zustellung wird nicht mehr aufbewahrt.',
    address_refused: () => 'Diese Adresse liegt im internen Netz, das dieser Server nicht erlaubt.',
    mail_off: () => 'Dieser Server sendet keine E-Mails.',
    mail_failed: () => 'Der Mailserver hat die E-Mail nicht angenommen. Prüfen Sie SMTP_URL und MAIL_FROM.',
    too_many_webhooks: () => 'Es gibt so viele Webhooks, wie dieser Server erlaubt. Löschen Sie zuerst einen.',
    people_map_invalid: () => 'Zeilen der Zuordnung sind nicht gültig. Berichtigen oder entfernen Sie sie.',
    idempotency_in_progress: () => 'Dieselbe Anfrage wird noch bearbeitet. Warten Sie einen Moment.',
    idempotency_conflict: () => 'Diese Anfrage wurde schon mit anderen Angaben gesendet. Laden Sie die Seite neu.',
    method_not_allowed: () =>
      'CloudMover unterstützt diese Anfrage hier nicht. Laden Sie die Seite neu: vielleicht gibt es eine neue Version.',
    route_not_found: () =>
      'CloudMover kennt diese Adresse nicht. Laden Sie die Seite neu: vielleicht gibt es eine neue Version.',
    request_timeout: () => 'Die Verbindung war zu langsam. Es wurde nichts geändert.',
    body_too_large: () => 'Das ist zu viel für eine Anfrage. Wählen Sie weniger.',
    expectation_failed: () => 'Die Anfrage hat einen Expect-Header, den der Server nicht unterstützt.',
    address_too_long: () => 'Das ist zu viel für eine Anfrage. Wählen Sie weniger.',
    headers_too_large: () => 'Das ist zu viel für eine Anfrage. Wählen Sie weniger.',
    internal: ({ traceId }) =>
      `CloudMover hatte ein Problem. Die Dateien sind unberührt.${traceId ? ` Referenz: ${traceId}.` : ''}`,
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
  noteNotCopied: 'Der Browser hat das Kopieren nicht erlaubt. Die Notiz lautet:',
  noteForAdministrator: (account, address) =>
    `${account ?? 'Ein Konto unserer Organisation'} konnte nicht mit CloudMover unter ${address} verbunden werden, ` +
    'weil unser Google Workspace dieser App Google Drive nicht erlaubt. In der Admin-Konsole: Sicherheit › Zugriff ' +
    'und Datenkontrolle › API-Steuerung › App-Zugriff verwalten: der App vertrauen oder ihr den Bereich ' +
    'https://www.googleapis.com/auth/drive erlauben.',
};
