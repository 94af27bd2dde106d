import type { problemPages as model } from '../en/problem-pages';

export const problemPages: typeof model = {
  all: 'Probleme',
  intro: 'Jeder Fehler der API von CloudMover hat einen dieser Codes, und sein type führt zur Seite dieses Codes.',
  meaning: 'Was es bedeutet',
  remedy: 'Was zu tun ist',
  inAnswers:
    'Das Feld detail der Antwort sagt mehr über den einzelnen Fall. Geben Sie die traceId an, wenn Sie ihn melden.',
  back: 'Alle Probleme',
  unknown: {
    heading: 'Dieser Code ist hier nicht bekannt',
    text: 'Vielleicht stammt er von einer neueren Version von CloudMover. Das Feld detail der Antwort sagt, was geschehen ist.',
  },
  codes: {
    invalid_request: [
      'Die Anfrage ist nicht gültig',
      'Ein Parameter oder der Inhalt verletzt eine Regel: Ein Feld fehlt, hat den falschen Typ oder ist nicht bekannt.',
      'Berichtigen Sie jeden Parameter, den die Antwort unter errors nennt, und senden Sie die Anfrage erneut.',
    ],
    token_conflict: [
      'Zwei verschiedene Token für ein Konto',
      'Die Anfrage hat ein Token im Header und ein anderes in der Adresse.',
      'Senden Sie für jedes Konto ein Token, und zwar in seinem Header.',
    ],
    query_token_refused: [
      'Token in Adressen sind abgeschaltet',
      'Diese Installation nimmt keine Token in der Adresse an, weil Adressen in Protokollen stehen.',
      'Senden Sie das Token in X-Source-Token, X-Destination-Token oder Authorization.',
    ],
    state_mismatch: [
      'Die Anmeldung wurde in einem anderen Browser begonnen oder ist zu lange her',
      'Eine Anmeldung muss innerhalb von zehn Minuten abgeschlossen werden, in dem Browser, in dem sie begonnen wurde. Es wurde nichts verbunden.',
      'Verbinden Sie das Konto noch einmal, in einem Browser.',
    ],
    link_expired: [
      'Der Anmeldelink ist abgelaufen',
      'Der Link wurde schon verwendet oder ist zu alt. Es wurde nichts verbunden.',
      'Verbinden Sie das Konto noch einmal.',
    ],
    refresh_token_missing: [
      'Google hat keinen dauerhaften Zugriff gewährt',
      'Übertragungen laufen ohne Browser und brauchen dafür einen dauerhaften Zugriff, den Google nicht gewährt hat.',
      'Verbinden Sie das Konto noch einmal und erlauben Sie ihn.',
    ],
    sign_in_failed: [
      'Die Anmeldung ist nicht gelungen',
      'Google hat statt einer Anmeldung einen Fehler gemeldet. Es wurde nichts verbunden.',
      'Verbinden Sie das Konto noch einmal. Gelingt es nie, lassen Sie die Administration den OAuth-Client prüfen.',
    ],
    refresh_token_rejected: [
      'Google akzeptiert das Refresh-Token nicht',
      'Es wurde entzogen, ist abgelaufen oder gehört zu einem anderen OAuth-Client.',
      'Holen Sie ein neues Refresh-Token für den Client dieser Installation.',
    ],
    service_account_rejected: [
      'Das Dienstkonto kann nicht verwendet werden',
      'Sein Schlüssel ist falsch, oder es darf nicht für diese Person handeln.',
      'Prüfen Sie den Schlüssel und die domainweite Delegierung mit ihren Scopes in der Admin-Konsole von Google.',
    ],
    token_missing: [
      'Ein Token fehlt',
      'Die Anfrage braucht das Sitzungstoken eines Kontos und hat keines.',
      'Senden Sie es in X-Source-Token, X-Destination-Token oder Authorization. Ohne Token verbinden Sie erst das Konto.',
    ],
    session_expired: [
      'Die Sitzung ist beendet',
      'Sie ist abgelaufen, wurde zu lange nicht benutzt, ersetzt oder abgemeldet. Begonnene Übertragungen laufen weiter.',
      'Verbinden Sie das Konto noch einmal.',
    ],
    reconnect_needed: [
      'Google verlangt eine neue Anmeldung',
      'Google hat den Zugriff auf dieses Konto beendet, oder jemand hat ihn entzogen. Übertragungen dieses Kontos warten, bis Sie es neu verbinden.',
      'Verbinden Sie das Konto noch einmal.',
    ],
    metrics_key_refused: [
      'Die Metriken brauchen einen Schlüssel',
      'Im Produktivbetrieb gibt nur METRICS_KEY Zugriff auf die Metriken.',
      'Senden Sie den Schlüssel als Authorization: Bearer.',
    ],
    access_denied: [
      'Der Zugriff wurde bei Google nicht erlaubt',
      'Auf der Seite von Google wurde er abgelehnt. Es wurde nichts verbunden.',
      'Verbinden Sie das Konto noch einmal und erlauben Sie ihn, wenn Sie dieses Konto verwenden wollen.',
    ],
    account_not_allowed: [
      'Dieses Konto ist hier nicht zugelassen',
      'Diese Installation lässt nur bestimmte Adressen oder Domains zu.',
      'Verwenden Sie ein anderes Konto, oder bitten Sie die Administration, dieses zuzulassen.',
    ],
    reauthentication_required: [
      'Dafür ist eine neue Anmeldung nötig',
      'Die Aktion legt Originale in den Papierkorb oder entzieht einen Zugriff, und die Anmeldung des Kontos ist mehr als eine Stunde her. Es wurde nichts geändert.',
      'Verbinden Sie das Konto noch einmal über Google. Das Portal leitet Sie dorthin und führt die Aktion danach aus; ein Programm sendet die Anfrage mit dem neuen Token noch einmal.',
    ],
    wrong_side: [
      'Ein Token für die falsche Seite',
      'Es wurde ein Token der Quelle gesendet, wo eines des Ziels nötig ist, oder umgekehrt.',
      'Senden Sie jedes Token im Header seiner Seite.',
    ],
    scope_missing: [
      'Das Konto hat den nötigen Zugriff nicht erteilt',
      'Auf der Seite von Google war das Häkchen für Google Drive nicht gesetzt, oder das Konto ist mit „Nur kopieren“ verbunden, und der Aufruf würde in sein Drive schreiben oder dort etwas in den Papierkorb legen.',
      'Verbinden Sie das Konto noch einmal, mit gesetztem Häkchen oder mit vollem Zugriff.',
    ],
    domain_policy: [
      'Die Richtlinie der Organisation verbietet es',
      'Die Administration des Google Workspace erlaubt diese App oder diese Art der Freigabe nicht.',
      'Bitten Sie diese Administration, es zu erlauben.',
    ],
    destination_read_only: [
      'Das Konto darf in dem Ordner nichts anlegen',
      'Das Zielkonto darf in diesem Ordner nichts anlegen.',
      'Wählen Sie einen anderen Ordner, oder bitten Sie den Eigentümer um das Recht zum Bearbeiten.',
    ],
    source_permission_denied: [
      'Der Eigentümer erlaubt weder Kopieren noch Herunterladen',
      'Das Quellkonto darf dieses Element nicht lesen oder kopieren.',
      'Bitten Sie den Eigentümer um Zugriff.',
    ],
    cannot_copy: [
      'Die Freigabe erlaubt Betrachtern das Kopieren nicht',
      'Die Einstellungen des Elements verbieten Betrachtern das Kopieren, Drucken und Herunterladen.',
      'Bitten Sie den Eigentümer, es zu erlauben, oder erlauben Sie die Umwandlung, wo die Prüfung sie anbietet.',
    ],
    sharing_refused: [
      'Das Element darf nicht für das Ziel freigegeben werden',
      'Eine Kopie innerhalb von Google braucht für kurze Zeit eine Freigabe, die seine Einstellungen oder eine Richtlinie verbieten.',
      'CloudMover streamt solche Dateien stattdessen, wo das möglich ist. Sonst fragen Sie den Eigentümer oder die Administration.',
    ],
    source_flagged: [
      'Google hält das Element für schädlich',
      'Google hat in dem Element Schadsoftware oder missbräuchliche Inhalte gefunden. Nur der Eigentümer kann es herunterladen.',
      'Der Eigentümer kann es in Drive von Google prüfen lassen oder entfernen.',
    ],
    export_too_large: [
      'Zu groß zum Umwandeln',
      'Google begrenzt die Größe von Dokumenten, die es umwandelt.',
      'Laden Sie es von Hand herunter, oder verkleinern Sie es.',
    ],
    folder_limit: [
      'Der Ordner ist voll oder zu tief',
      'Google begrenzt die Elemente eines Ordners und die Ebenen von Ordnern.',
      'Wählen Sie einen anderen Zielordner.',
    ],
    operator_key_refused: [
      'Der Betreiberschlüssel wurde abgelehnt',
      'Der Schlüssel fehlt oder ist falsch, ist ein beendeter Maschinenschlüssel oder eine beendete Betreibersitzung, oder diese Installation hat keinen Betreiberschlüssel.',
      'Senden Sie in X-Operator-Key den Wert von OPERATOR_KEY, oder einen Maschinenschlüssel oder eine Betreibersitzung, die nicht beendet sind.',
    ],
    not_found: [
      'Das Element gibt es nicht mehr, oder es ist für dieses Konto nicht freigegeben',
      'Google zeigt es diesem Konto nicht. Vielleicht wurde es gelöscht, verschoben oder nicht mehr freigegeben.',
      'Prüfen Sie die ID, und zu welchem Konto sie gehört.',
    ],
    route_not_found: [
      'Diese Adresse gibt es nicht',
      'Unter dieser Adresse gibt es in der API nichts.',
      'Vergleichen Sie die Adresse mit der Beschreibung der API unter /docs.',
    ],
    method_not_allowed: [
      'Die Adresse unterstützt diese Methode nicht',
      'Die Adresse gibt es, aber nicht für diese Methode.',
      'Verwenden Sie eine der Methoden aus dem Header Allow der Antwort.',
    ],
    source_changed: [
      'Während des Kopierens bearbeitet',
      'Es wurde während des Kopierens bearbeitet, sodass die Kopie ihm nicht geglichen hätte.',
      'Übertragen Sie es noch einmal.',
    ],
    id_taken: [
      'Ein Element mit dieser ID gibt es schon',
      'Etwas anderes hat die ID, die für die Kopie vorgesehen war.',
      'Versuchen Sie es noch einmal: CloudMover verwendet dann eine neue.',
    ],
    session_not_found: [
      'Diese Sitzung gibt es nicht',
      'Sie ist schon beendet oder gehört zu einem anderen Konto.',
      'Laden Sie die Liste der Sitzungen neu.',
    ],
    transfer_not_found: [
      'Diese Übertragung gibt es nicht',
      'Es gibt sie nicht, sie gehört zu anderen Konten oder endete vor mehr als 30 Tagen.',
      'Prüfen Sie die ID, und dass beide Token von ihren Konten sind.',
    ],
    item_not_found: [
      'Dieses Element gibt es in der Übertragung nicht',
      'Die Übertragung hat kein Element mit dieser ID.',
      'Nehmen Sie die ID aus der Liste ihrer Elemente.',
    ],
    preflight_not_found: [
      'Diese Zählung gibt es nicht',
      'Es gibt sie nicht, sie gehört zu anderen Konten oder ist älter als eine Stunde.',
      'Beginnen Sie eine neue.',
    ],
    preflight_not_ready: [
      'Es wird noch gezählt',
      'Starten lässt sich eine Zählung, wenn sie vollständig ist.',
      'Warten Sie, bis ihr Zustand ready ist.',
    ],
    preflight_failed: [
      'Nach dieser Zählung kann nichts gestartet werden',
      'Die Zählung endete mit einem Problem, das ihr Feld problem erklärt.',
      'Lösen Sie es, und zählen Sie neu.',
    ],
    preflight_blocked: [
      'Eine Prüfung verhindert den Start',
      'Zum Beispiel hat das Ziel zu wenig Platz. Es wurde nichts kopiert.',
      'Sehen Sie nach, welche Prüfung es ist, lösen Sie das Problem, und zählen Sie neu.',
    ],
    transfer_state: [
      'In diesem Zustand nicht möglich',
      'Der Zustand der Übertragung lässt diesen Befehl nicht zu.',
      'Lesen Sie ihren Zustand neu. Im Feld allowedActions stehen die Befehle, die möglich sind.',
    ],
    nothing_to_retry: [
      'Es gibt nichts mehr zu wiederholen',
      'Keinem der fehlgeschlagenen Elemente kann ein neuer Versuch helfen.',
      'Sie müssen nichts tun.',
    ],
    rerun_expired: [
      'Zu spät, um neue Änderungen zu übernehmen',
      'Das geht 30 Tage lang nach dem Ende des letzten Laufs.',
      'Starten Sie eine neue Übertragung mit denselben Elementen.',
    ],
    schedule_not_found: [
      'Die Übertragung hat keinen Zeitplan',
      'Für diese Übertragung wurde kein Zeitplan festgelegt, oder er wurde entfernt.',
      'Legen Sie auf der Seite der Übertragung mit „Aktuell halten“ einen fest.',
    ],
    schedule_refused: [
      'Ein Verschieben kann nicht nach Zeitplan aktuell gehalten werden',
      'Ein Verschieben legt Originale in den Papierkorb; das erfordert jedes Mal eine neue Anmeldung.',
      'Übernehmen Sie neue Änderungen selbst, oder kopieren Sie dieselben Elemente und halten Sie die Kopie aktuell.',
    ],
    carry_access_refused: [
      'Diese Übertragung kann Freigaben nicht nachträglich übernehmen',
      'Sie übernimmt sie schon, ihre Originale sind im Papierkorb, oder sie ist Verknüpfungen gefolgt.',
      'Geben Sie die Kopien von Hand frei, oder starten Sie eine neue Übertragung, die Freigaben übernimmt.',
    ],
    access_withdrawn: [
      'Ein Konto hat seinen Zugriff entzogen',
      'Eines der Konten hat nach dieser Übertragung seinen Zugriff entzogen oder sich überall abgemeldet.',
      'Starten Sie eine neue Übertragung mit denselben Elementen.',
    ],
    wrong_account: [
      'Das Token gehört zu einem anderen Konto',
      'Diese Aktion braucht das Konto, mit dem sie begonnen wurde.',
      'Verbinden Sie dieses Konto.',
    ],
    undo_expired: [
      'Zu spät zum Rückgängigmachen',
      'Eine Übertragung lässt sich 30 Tage nach ihrem Ende rückgängig machen.',
      'Löschen Sie die Kopien von Hand.',
    ],
    not_transferred: [
      'Die Datei konnte nicht übertragen werden',
      'Die Übertragung der einzelnen Datei endete ohne Kopie. Das Feld detail der Antwort sagt, warum.',
      'Lösen Sie das, und übertragen Sie sie noch einmal.',
    ],
    operator_key_needed: [
      'Das geht nur mit dem Betreiberschlüssel',
      'Die Anfrage hat eine Betreibersitzung benutzt. Was sie verlangt, würde die Sitzung überdauern und braucht deshalb den Betreiberschlüssel selbst.',
      'Senden Sie den Wert von OPERATOR_KEY in X-Operator-Key.',
    ],
    key_scope_missing: [
      'Der Maschinenschlüssel darf das nicht',
      'Ein Maschinenschlüssel öffnet nur, was seine Berechtigungen sagen. Das Feld detail der Antwort nennt die, die fehlt, oder sagt, dass keine das öffnet.',
      'Erstellen Sie einen Maschinenschlüssel mit dieser Berechtigung, oder senden Sie den Betreiberschlüssel.',
    ],
    key_not_found: [
      'Kein solcher Maschinenschlüssel',
      'Der Maschinenschlüssel wurde beendet, ist vor mehr als 30 Tagen abgelaufen, oder seine ID stimmt nicht.',
      'Listen Sie die Maschinenschlüssel auf (GET /api/keys) und verwenden Sie eine ID von dort.',
    ],
    too_many_keys: [
      'Zu viele Maschinenschlüssel',
      'Diese Installation hat so viele Maschinenschlüssel, wie sie haben darf.',
      'Beenden Sie einen Maschinenschlüssel, der nicht mehr gebraucht wird.',
    ],
    webhook_not_found: [
      'Kein solcher Webhook',
      'Der Webhook wurde gelöscht, oder seine ID stimmt nicht.',
      'Listen Sie die Webhooks auf (GET /api/webhooks) und verwenden Sie eine ID von dort.',
    ],
    delivery_not_found: [
      'Der Webhook hat keine solche Zustellung',
      'Ein Webhook bewahrt seine neuesten tausend Zustellungen auf, höchstens 30 Tage lang. Diese ist älter, oder ihre ID stimmt nicht.',
      'Listen Sie die Zustellungen des Webhooks auf und verwenden Sie eine ID von dort.',
    ],
    address_refused: [
      'Die Adresse liegt in einem Netz, das nicht erlaubt ist',
      'Der Host des Webhooks ist eine Adresse, die nicht öffentlich ist, oder führt zu einer: in einem privaten oder lokalen Netz, auf diesem Rechner oder in einem reservierten Bereich.',
      'Verwenden Sie eine öffentliche Adresse. Die Administration kann Netze mit WEBHOOKS_ALLOWED_NETWORKS erlauben.',
    ],
    mail_off: [
      'Dieser Server sendet keine E-Mails',
      'Die Administration hat keinen Mailserver eingerichtet (SMTP_URL).',
      'Starten Sie die Übertragung ohne E-Mail, oder fragen Sie die Administration.',
    ],
    mail_failed: [
      'Der Mailserver hat die E-Mail nicht angenommen',
      'Der Mailserver war nicht erreichbar, oder er hat die Anmeldung oder die E-Mail abgelehnt. Die Einzelheiten nennen, was davon, und den Antwortcode des Servers.',
      'Prüfen Sie SMTP_URL, MAIL_FROM und das Protokoll des Mailservers, und senden Sie den Test dann noch einmal.',
    ],
    too_many_webhooks: [
      'Zu viele Webhooks',
      'Diese Installation hat so viele Webhooks, wie sie haben darf.',
      'Löschen Sie einen Webhook, der nicht mehr gebraucht wird.',
    ],
    people_map_invalid: [
      'Zeilen der Zuordnung sind nicht gültig',
      'Eine Zeile nennt keine Adresse oder Domain, widerspricht einer anderen oder gehört zu einer Schleife; oder es sind mehr als 20.000 Zeilen.',
      'Berichtigen oder entfernen Sie jede Zeile, die die Antwort unter errors nennt, und senden Sie die Anfrage erneut.',
    ],
    idempotency_conflict: [
      'Der Idempotency-Key gehört zu einer anderen Anfrage',
      'Derselbe Schlüssel wurde schon mit einer anderen Anfrage gesendet.',
      'Verwenden Sie für jede Anfrage einen neuen Schlüssel, und denselben nur, um dieselbe Anfrage zu wiederholen.',
    ],
    idempotency_in_progress: [
      'Eine Anfrage mit diesem Idempotency-Key wird noch bearbeitet',
      'Eine frühere Anfrage mit diesem Idempotency-Key ist noch nicht beantwortet.',
      'Warten Sie kurz und senden Sie sie mit demselben Schlüssel erneut: Sie erhalten dann die Antwort der ersten.',
    ],
    request_timeout: [
      'Die Anfrage brauchte zu lange',
      'Die Verbindung war zu langsam. Es wurde nichts geändert.',
      'Senden Sie sie noch einmal.',
    ],
    body_too_large: [
      'Die Anfrage ist zu groß',
      'Ihr Inhalt überschreitet die Grenze, die das Feld detail der Antwort nennt.',
      'Senden Sie weniger Elemente auf einmal.',
    ],
    expectation_failed: [
      'Der Header Expect wird nicht unterstützt',
      'Die Anfrage hat einen anderen Header Expect als 100-continue.',
      'Lassen Sie diesen Header weg.',
    ],
    address_too_long: [
      'Die Adresse ist zu lang',
      'Ein Teil der Adresse ist länger als jede ID.',
      'Prüfen Sie, woher die ID stammt.',
    ],
    headers_too_large: [
      'Adresse oder Header sind zu groß',
      'Zusammen überschreiten sie die Grenze der API.',
      'Senden Sie weniger, zum Beispiel weniger Cookies.',
    ],
    too_many_transfers: [
      'Zu viele Übertragungen zur gleichen Zeit',
      'Dieses Konto hat seine Grenze offener Übertragungen erreicht.',
      'Warten Sie, bis eine endet, oder brechen Sie eine ab.',
    ],
    too_many_preflights: [
      'Zu viele Zählungen zur gleichen Zeit',
      'Dieses Konto hat seine Grenze gleichzeitiger Zählungen erreicht.',
      'Warten Sie, bis eine vollständig ist, oder löschen Sie eine.',
    ],
    rate_limited: [
      'Zu viele Anfragen',
      'Dieses Token, dieses Konto oder diese Adresse hat mehr Anfragen gesendet, als in einer Minute erlaubt sind.',
      'Warten Sie so lange, wie Retry-After angibt. Der Header RateLimit zeigt, wie viel übrig ist.',
    ],
    quota_exceeded: [
      'Eine Grenze von Google ist erreicht',
      'Google nimmt etwa 750 GB am Tag in ein Konto auf und begrenzt Anfragen. Übertragungen warten und werden automatisch fortgesetzt.',
      'Warten Sie bis zu der Zeit in Retry-After.',
    ],
    internal: [
      'CloudMover hatte ein Problem',
      'CloudMover hatte einen internen Fehler. Dateien sind unberührt.',
      'Versuchen Sie es noch einmal. Bleibt es dabei, geben Sie der Administration die traceId der Antwort.',
    ],
    google_unavailable: [
      'Google antwortet nicht',
      'Google hat nicht rechtzeitig geantwortet oder einen eigenen Fehler gemeldet. Es wurde nichts geändert.',
      'Versuchen Sie es gleich noch einmal. Übertragungen wiederholen es automatisch.',
    ],
    google_refused: [
      'Google hat die Anfrage abgelehnt',
      'Google nannte einen Grund, den CloudMover nicht kennt. Das Feld detail der Antwort gibt ihn wieder.',
      'Versuchen Sie es noch einmal. Wenn es dabei bleibt, gehen Sie diesem Grund nach.',
    ],
    ambiguous_write: [
      'Es ist unklar, ob Google das gespeichert hat',
      'Die Verbindung brach ab, nachdem die Anfrage gesendet war. Vielleicht hat Google sie ausgeführt.',
      'Sehen Sie in Drive nach, bevor Sie es wiederholen.',
    ],
    service_unavailable: [
      'CloudMover ist nicht bereit',
      'Es erreicht seine Datenbank nicht oder wird gerade beendet. Es wurde nichts geändert.',
      'Versuchen Sie es nach der Zeit in Retry-After noch einmal. Übertragungen warten und werden automatisch fortgesetzt.',
    ],
    destination_storage_full: [
      'Das Ziel ist voll',
      'Google nimmt keine weiteren Daten in dieses Konto auf. Die Übertragung wartet.',
      'Schaffen oder kaufen Sie dort Speicherplatz, und setzen Sie die Übertragung dann fort.',
    ],
  },
};
