import { count, pluralOf } from '../counting';
import type { review as model } from '../en/review';
import { formats } from './formats';

const plural = pluralOf('de');
const { item: items } = formats.counted;

export const review: typeof model = {
  heading: {
    loading: 'Prüfen',
    counting: 'Es wird gezählt, was kopiert wird',
    all: (n) => plural(n, { one: 'Das Element kann kopiert werden', other: `Alle ${items(n)} können kopiert werden` }),
    some: (n, found) =>
      `${count(n)} von ${count(found)} Elementen ${plural(n, { one: 'kann', other: 'können' })} kopiert werden`,
    nothing: 'Nichts davon kann kopiert werden',
    empty: 'Es wurde nichts gefunden',
    failed: 'Die Zählung konnte nicht abgeschlossen werden',
    gone: 'Diese Zählung gibt es nicht mehr',
  },
  lead: {
    counted: (ago, size, folders) =>
      `Gezählt ${ago}, ${size} in ${count(folders)} ${plural(folders, { one: 'Ordner', other: 'Ordnern' })}.`,
    cannot: (n) => `${items(n)} ${plural(n, { one: 'kann', other: 'können' })} nicht kopiert werden.`,
    undecided: (n) => `${items(n)} ${plural(n, { one: 'wartet', other: 'warten' })} auf Ihre Entscheidung.`,
    cannotAndUndecided: (n, open) =>
      `${items(n)} ${plural(n, { one: 'kann', other: 'können' })} nicht kopiert werden, ${count(open)} ${plural(open, { one: 'wartet', other: 'warten' })} auf Ihre Entscheidung.`,
    alreadyThere: (n) =>
      `${items(n)} ${plural(n, { one: 'ist schon im Ziel und wird', other: 'sind schon im Ziel und werden' })} ausgelassen.`,
    shortcuts: (n) =>
      `${count(n)} ${plural(n, { one: 'Verknüpfung wird', other: 'Verknüpfungen werden' })} ausgelassen.`,
    filtered: (n) => `Der Filter hat ${items(n)} ausgelassen.`,
    unasked: (n) =>
      `Verknüpfungen führen zu mehr Elementen außerhalb der Auswahl, als CloudMover prüft: ${count(n)} ${plural(n, { one: 'wurde', other: 'wurden' })} nicht geprüft. Verknüpfungen zu Elementen, die das Zielkonto nicht sehen kann, schlagen fehl.`,
    unaskedRights: (n) =>
      `Manche Elemente darf das Zielkonto mit der temporären Freigabe nicht kopieren. CloudMover prüft nur die ersten ${count(10_000)} davon auf anderen Zugriff: ${count(n)} ${plural(n, { one: 'wurde nicht geprüft und wird', other: 'wurden nicht geprüft und werden' })} vielleicht doch kopiert.`,
    changed: (added, removed) => `Während der Zählung kamen ${items(added)} dazu, ${count(removed)} verschwanden.`,
  },
  ago: {
    now: 'gerade eben',
    minutes: (n) => `vor ${count(n)} ${plural(n, { one: 'Minute', other: 'Minuten' })}`,
  },
  counting: {
    soFar: (n, size) => `${plural(n, { one: 'Element', other: 'Elemente' })} bisher, ${size}`,
    noTotal:
      'Google nennt keine Gesamtzahlen, deshalb gibt es noch keine Prozente. Sie können die Seite verlassen; die Zählung bleibt unter dieser Adresse eine Stunde erhalten.',
    stop: 'Zählung abbrechen',
    stopping: 'Wird abgebrochen',
    stopped: 'Die Zählung wurde abgebrochen. Ihre Auswahl bleibt erhalten.',
    title: (n) => `Zählt: ${count(n)}`,
    broken: 'Verbindung verloren. Die Zählung läuft auf dem Server weiter; diese Seite verbindet sich gleich neu.',
    waiting: {
      heading: 'Warten auf Google',
      text: (when) => `Google nimmt vorerst keine Anfragen an. Die Zählung wird automatisch fortgesetzt: ${when}.`,
    },
    parked: {
      heading: (account) => `${account} neu verbinden`,
      text: (n) =>
        `CloudMover hat keinen Zugriff mehr. ${items(n)} ${plural(n, { one: 'ist', other: 'sind' })} gezählt; die Zählung läuft weiter, sobald Sie neu verbinden.`,
      waits: 'Diese Zählung wartet auf Sie',
      waitsText: (account) => `${account} ist wieder verbunden. Wählen Sie „Zählung fortsetzen“.`,
      resume: 'Zählung fortsetzen',
      reconnect: { source: 'Quelle neu verbinden', destination: 'Ziel neu verbinden' },
    },
  },
  methods: {
    heading: 'So wird kopiert',
    again: 'Neu zählen',
    summary: (parts) => `Methoden: ${parts}`,
    columns: { method: 'Methode', items: 'Elemente', size: 'Größe', meaning: 'Was das bedeutet' },
    serverCopy: {
      name: 'Kopie innerhalb von Google',
      short: 'innerhalb von Google',
      meaning: 'Am schnellsten. Google-Dokumente bleiben Google-Dokumente. Kein Inhalt läuft durch CloudMover.',
    },
    relay: {
      name: 'Durch CloudMover',
      short: 'durch CloudMover',
      meaning:
        'Das Zielkonto kann sie nicht selbst kopieren, deshalb streamt CloudMover sie aus der Quelle: unterwegs geprüft, nie gespeichert.',
    },
    created: {
      name: 'Neu angelegt',
      short: 'neu angelegt',
      meaning: 'Ordner und Verknüpfungen. Eine Verknüpfung zeigt auf die Kopie, wenn es eine gibt.',
    },
    converted: {
      name: 'Umgewandelt',
      short: 'umgewandelt',
      undecided: 'zu entscheiden',
      meaning: 'Exportiert und wieder importiert. Layout, Kommentare und Formeln können sich ändern.',
      allow: (n) =>
        `Umwandlung ${plural(n, { one: 'dieses Elements', other: `dieser ${count(n)} Elemente` })} erlauben`,
    },
    none: {
      name: 'Nicht kopierbar',
      short: 'nicht kopierbar',
      seeAll: (n) => plural(n, { one: 'Ansehen', other: `Alle ${count(n)} ansehen` }),
    },
    replaced: (n) =>
      `${items(n)} im Ziel ${plural(n, { one: 'wird', other: 'werden' })} ersetzt; was dort war, kommt in den Papierkorb.`,
    merged: (n) => `${count(n)} Ordner ${plural(n, { one: 'wird', other: 'werden' })} zusammengeführt.`,
  },
  filter: {
    heading: 'Was kopiert wird',
    everything: 'Alles, was ausgewählt ist',
    change: 'Wählen, was kopiert wird',
    clear: 'Filter löschen',
    foldersHint: 'Kopiert wird nur, was alle Bedingungen erfüllt. Unterordner werden immer durchsucht.',
    type: 'Art',
    types: {
      document: 'Dokumente',
      spreadsheet: 'Tabellen',
      presentation: 'Präsentationen',
      pdf: 'PDF',
      image: 'Bilder',
      video: 'Videos',
      audio: 'Audio',
      archive: 'Archive (zip …)',
      other: 'Alles andere',
    },
    name: 'Name',
    namePlaceholder: '*.pdf',
    nameHint: 'Der ganze Name: * steht für beliebigen Text, ? für ein Zeichen.',
    size: 'Größe in MB',
    sizeHint: 'Google-Dokumente, -Tabellen und dergleichen haben keine Größe und zählen als 0.',
    changed: 'Zuletzt geändert',
    from: 'Von',
    upTo: 'Bis',
    owner: 'Eigentümer',
    owners: { anyone: 'Alle', me: 'Das Quellkonto', person: 'Jemand anderes' },
    address: 'E-Mail-Adresse des Eigentümers',
    conditions: {
      name: (pattern) => `Name ${pattern}`,
      min: (size) => `ab ${size}`,
      max: (size) => `bis ${size}`,
      after: (date) => `geändert am ${date} oder später`,
      before: (date) => `geändert am ${date} oder früher`,
      mine: 'gehört dem Quellkonto',
      owner: (email) => `gehört ${email}`,
    },
    problems: {
      size: 'Geben Sie eine Größe in Megabyte ein, etwa 2,5.',
      sizes: 'Die kleinste Größe liegt über der größten, deshalb würde nichts kopiert.',
      day: 'Geben Sie ein Datum mit vierstelligem Jahr ein.',
      dates: 'Der erste Tag liegt nach dem letzten, deshalb würde nichts kopiert.',
      owner: 'Geben Sie die E-Mail-Adresse des Eigentümers ein.',
    },
  },
  what: { from: (account) => `Von ${account}`, to: (account) => `Nach ${account}` },
  checks: {
    heading: 'Prüfungen',
    summary: (passed, toKnow, blocking) =>
      [
        `${count(passed)} bestanden`,
        ...(toKnow > 0 ? [`${count(toKnow)} zu beachten`] : []),
        ...(blocking > 0 ? [`${count(blocking)} blockierend`] : []),
      ].join(', '),
    space: {
      ok: 'Genug Platz im Ziel',
      bad: 'Nicht genug Platz im Ziel',
      fits: (needed, free) => `Gebraucht werden ${needed}, frei sind ${free}.`,
      unlimited: (needed) => `Gebraucht werden ${needed}; der Speicherplatz ist nicht begrenzt.`,
      full: (needed, free) =>
        `Gebraucht werden bis zu ${needed}, frei sind ${free}. Schaffen Sie Platz, oder wählen Sie weniger.`,
    },
    daily: {
      ok: 'Innerhalb von Googles Tageslimit',
      bad: 'Mehr als Googles Tageslimit',
      fits: (needed, limit) => `${needed} von ${limit}, die ein Konto in 24 Stunden aufnehmen darf.`,
      waits: (needed, limit) =>
        `${needed}; ein Konto darf in 24 Stunden ${limit} aufnehmen. Die Übertragung wartet und wird automatisch fortgesetzt.`,
      moved: (moved) =>
        `CloudMover hat in den letzten 24 Stunden ${moved} in dieses Konto übertragen; andere Apps können etwas davon verbraucht haben.`,
    },
    units: {
      ok: 'Innerhalb der heutigen Google-Einheiten',
      bad: 'Mehr als die heutigen Google-Einheiten',
      fits: (needed, left, limit) =>
        `Gebraucht werden etwa ${needed}; von den heutigen ${limit} für alle Übertragungen dieses Servers sind noch ${left} übrig.`,
      waits: (needed, left, limit, days) =>
        `Gebraucht werden etwa ${needed}, aber von den heutigen ${limit} für alle Übertragungen dieses Servers sind nur noch ${left} übrig. Die Übertragung wartet, wird automatisch fortgesetzt und dauert ${count(days)} Tage.`,
    },
    folders: {
      ok: 'Größe und Tiefe der Ordner',
      text: (largest, deepest, mostItems, mostLevels) =>
        `Größter Ordner ${items(largest)}, tiefster Pfad ${count(deepest)} ${plural(deepest, { one: 'Ebene', other: 'Ebenen' })}. Google erlaubt ${count(mostItems)} und ${count(mostLevels)}.`,
      depthText: (deepest, mostLevels) =>
        `Der tiefste Pfad hat ${count(deepest)} ${plural(deepest, { one: 'Ebene', other: 'Ebenen' })}. Google erlaubt ${count(mostLevels)}.`,
      tooDeep: 'Zu tief für Google',
      tooDeepText: (n, most) =>
        `${items(n)} ${plural(n, { one: 'läge', other: 'lägen' })} mehr als ${count(most)} Ebenen tief. Wählen Sie ein Ziel weiter oben in der Ablage oder einen tieferen Ordner der Quelle.`,
      tooLarge: 'Ein Ordner ist zu groß für Google',
      tooLargeText: (path, n, most) =>
        `„${path}“ enthält ${items(n)}; Google erlaubt ${count(most)} in einem Ordner. Teilen Sie ihn in der Quelle auf.`,
    },
    targetSize: {
      ok: 'Der Zielordner hat Platz',
      over: 'Der Zielordner würde zu groß für Google',
      uncounted: 'Der Zielordner ist sehr voll',
    },
    sharedDrive: {
      ok: 'Die geteilte Ablage hat Platz',
      over: 'Die geteilte Ablage würde zu voll für Google',
      uncounted: 'Die geteilte Ablage ist sehr voll',
    },
    holds: {
      text: (n, most) => `Schon dort: ${items(n)}. Google erlaubt ${count(most)}.`,
      over: (n, most) =>
        `Schon dort: ${items(n)}. Mit den Kopien wären es mehr als die ${count(most)}, die Google erlaubt. Wählen Sie ein anderes Ziel oder weniger.`,
      uncounted: (n, most) =>
        `Schon dort: mehr als ${items(n)}; alle zu zählen würde zu lange dauern. Google erlaubt ${count(most)}.`,
    },
    others: {
      title: (n) => `${items(n)} ${plural(n, { one: 'gehört', other: 'gehören' })} jemand anderem`,
      copy: 'Beim Verschieben bleiben ihre Originale, wo sie sind: Nur der Eigentümer kann eine Datei in den Papierkorb legen.',
      move: 'Ihre Originale bleiben, wo sie sind: Nur der Eigentümer kann eine Datei in den Papierkorb legen.',
    },
    target: {
      ok: 'Im Zielordner können Elemente angelegt werden',
      okText: (folder) => `Die Kopien kommen nach „${folder}“.`,
      bad: 'Im Zielordner kann nichts angelegt werden',
    },
    room: {
      title: 'CloudMover hat keinen Platz für die Liste aller Elemente',
      text: 'Wählen Sie weniger auf einmal, oder bitten Sie die Administration, der Datenbank von CloudMover (Redis) mehr Speicher zu geben.',
    },
    kinds: { ok: 'Bestanden', info: 'Zu beachten', bad: 'Blockiert' },
  },
  stays: {
    heading: 'Was nicht kopiert wird',
    none: {
      result: 'Freigaben, Versionsverlauf und erledigte Kommentare bleiben bei den Originalen.',
      text: 'Namen, Ordner, Typen, Daten, Beschreibungen und offene Kommentare werden kopiert.',
    },
    carry: {
      result: 'Versionsverlauf und erledigte Kommentare bleiben bei den Originalen.',
      text: 'Namen, Ordner, Typen, Daten, Beschreibungen und offene Kommentare werden kopiert, der Zugriff wie oben gezeigt.',
    },
    links: {
      leave: 'Links in Dokumenten zeigen weiter auf die Originale.',
      report: 'Links in Dokumenten werden aufgelistet und zeigen weiter auf die Originale.',
      rewrite: 'Links in Dokumenten werden wie oben gezeigt angepasst.',
    },
  },
  problems: {
    heading: 'Nicht kopierbar, Element für Element',
    hide: 'Liste ausblenden',
    reason: 'Grund',
    allReasons: 'Alle Gründe',
    caption: 'Elemente, die nicht oder nur mit Verlust kopiert werden können',
    columns: { item: 'Element', size: 'Größe', why: 'Warum, und was sich tun lässt' },
    loses: (what) => `Verliert: ${what}`,
    losses: {
      'application/vnd.google-apps.document':
        'Versionsverlauf; Verfasser und Zeiten von Kommentaren und Vorschlägen; angehängte Skripte; Smartchips',
      'application/vnd.google-apps.spreadsheet':
        'Versionsverlauf; Verfasser und Zeiten von Kommentaren; angehängte Skripte und Formulare; Funktionen, die Excel nicht hat; Filteransichten',
      'application/vnd.google-apps.presentation':
        'Versionsverlauf; Verfasser und Zeiten von Kommentaren; angehängte Skripte; Verknüpfungen zu Diagrammen in Tabellen; Schriften und Animationen, die PowerPoint nicht hat',
      'application/vnd.google-apps.script': 'Versionsverlauf; Bereitstellungen; Trigger; Skripteigenschaften',
    },
    more: 'Mehr zeigen',
    loading: 'Die Liste wird geladen',
    shown: (n, more) => (more ? `${count(n)} gezeigt, es gibt noch mehr` : `${items(n)}, alle gezeigt`),
    reasons: {
      source_permission_denied: {
        advice: 'Bitten Sie den Eigentümer, es zu erlauben, und zählen Sie neu.',
        short: (n) => `${count(n)}, die sich nicht herunterladen lassen`,
      },
      not_copyable: {
        advice: 'Öffnen Sie es in Drive: Manches lässt sich von Hand exportieren oder neu anlegen.',
        short: (n) => `${count(n)} von Typen, die Google nicht kopiert`,
      },
      conversion_needed: {
        advice:
          'Erlauben Sie die Umwandlung. Oder bitten Sie den Eigentümer, Betrachtern das Kopieren in den Freigabeeinstellungen zu erlauben, oder verbinden Sie die Quelle mit vollem Zugriff; zählen Sie dann neu.',
        short: (n) => `${count(n)} nur durch Umwandlung`,
      },
      sharing_refused: {
        advice:
          'Geben Sie es von Hand für das Zielkonto frei, oder verbinden Sie die Quelle mit vollem Zugriff; zählen Sie dann neu.',
        short: (n) => `${count(n)}, die nicht freigegeben werden dürfen`,
      },
      cannot_copy: {
        advice:
          'Bitten Sie den Eigentümer, Betrachtern das Kopieren in den Freigabeeinstellungen zu erlauben. Zählen Sie dann neu.',
        short: (n) => `${count(n)}, die Betrachter nicht kopieren dürfen`,
      },
      lossy: {
        advice: 'Wenn das wichtig ist, bitten Sie den Eigentümer, das Kopieren zu erlauben.',
        short: (n) => `${count(n)} umgewandelt`,
      },
      contents_hidden: {
        advice: 'Bitten Sie den Eigentümer um Zugriff, und zählen Sie neu.',
        short: (n) => `${count(n)} Ordner mit verborgenem Inhalt`,
      },
      too_large: {
        advice: 'Teilen Sie die Datei.',
        short: (n) => `${count(n)} zu groß`,
      },
      folder_limit: {
        title: 'Es läge mehr als 100 Ebenen tief.',
        advice: 'Wählen Sie ein Ziel weiter oben in der Ablage.',
        short: (n) => `${count(n)} zu tief`,
      },
      shortcut_target_hidden: {
        advice: 'Geben Sie das verknüpfte Element für das Zielkonto frei, oder wählen Sie es auch aus.',
        short: (n) => `${count(n)} ${plural(n, { one: 'Verknüpfung', other: 'Verknüpfungen' })} zu verborgenen Dateien`,
      },
      shortcut_dangling: {
        title: 'Eine Verknüpfung zu etwas, das es nicht mehr gibt, das nicht freigegeben ist oder nicht kopiert wird.',
        advice: 'Sie müssen nichts tun.',
        short: (n) => `${count(n)} ${plural(n, { one: 'Verknüpfung', other: 'Verknüpfungen' })} zu fehlenden Dateien`,
      },
      shortcut_skipped: {
        title: 'Verknüpfungen werden ausgelassen, wie in den Optionen gewählt.',
        advice: 'Sie müssen nichts tun.',
        short: (n) => `${count(n)} ${plural(n, { one: 'Verknüpfung', other: 'Verknüpfungen' })} ausgelassen`,
      },
      filtered_empty: {
        title: 'Der Filter lässt alles in diesen Ordnern aus, deshalb werden sie nicht angelegt.',
        advice: 'Sie müssen nichts tun.',
        short: (n) =>
          `${count(n)} ${plural(n, { one: 'Ordner, aus dem', other: 'Ordner, aus denen' })} der Filter alles auslässt`,
      },
    },
    other: (n, title) => `${count(n)}: ${title}`,
  },
  aside: {
    label: 'Was gestartet wird',
    route: (target) => `Nach ${target}`,
    hours: {
      heading: 'Erlaubte Zeiten',
      any: 'Jederzeit',
      span: (from, to) => `${from} bis ${to}`,
      limited: 'Nur zu bestimmten Zeiten ausführen',
      from: 'Von',
      to: 'Bis',
      invalid: 'Geben Sie für die erlaubten Zeiten zwei verschiedene Uhrzeiten an.',
    },
    starts: {
      copy: (target) => `Kopieren nach ${target}`,
      move: (target) => `Verschieben nach ${target}`,
      measured: (time) => `etwa ${time}`,
      documented: (time) => `mindestens ${time}`,
    },
    atLeast: 'Dauert mindestens',
    about: 'Dauert etwa',
    documented: (perSecond) =>
      `Google nimmt je Konto etwa ${perSecond} neue Dateien pro Sekunde an, unabhängig von ihrer Größe. Es geht langsamer, wenn auch andere Apps schreiben.`,
    measured: (perSecond) =>
      `So schnell wie die letzte Übertragung zwischen diesen Konten: ${perSecond} Elemente pro Sekunde.`,
    parts: {
      copy: (time) => `Kopien ${time}`,
      access: (time) => `Zugriff ${time}`,
      links: (time) => `Links ${time}`,
    },
    days: (n) => `Googles Grenze von 750 GB am Tag verteilt es auf ${count(n)} Tage.`,
    mode: 'Art',
    copyOnly: 'Verschieben ist aus: Die Quelle ist nur zum Kopieren verbunden.',
    allowMoving: 'Verschieben erlauben',
    modes: { copy: 'Kopieren', move: 'Verschieben' },
    conflict: 'Bei gleichem Namen',
    conflicts: {
      keepBoth: 'Beide behalten',
      skip: 'Vorhandenes behalten',
      replace: 'Ersetzen',
      newer: 'Ersetzen, wenn neuer',
    },
    shortcuts: 'Verknüpfungen',
    shortcutChoices: { rebuild: 'Zeigen auf die Kopien', follow: 'Kopieren, worauf sie zeigen', skip: 'Auslassen' },
    links: 'Links in Dokumenten',
    comments: 'Offene Kommentare',
    included: 'Enthalten',
    shares: 'Temporäre Freigaben',
    sharesValue: (n) => (n === 0 ? 'Keine' : `${count(n)}, am Ende entfernt`),
    units: 'Google-Einheiten',
    aboutUnits: (units) => `etwa ${units}`,
    change: 'Ändern',
    changeLabel: 'Die Optionen ändern',
    apply: 'Mit diesen Optionen neu zählen',
    keep: 'Änderungen verwerfen',
    applyHint: 'Geänderte Optionen lösen eine neue Zählung aus, damit die Zahlen zeigen, was wirklich geschieht.',
    copy: (n) => `${items(n)} kopieren`,
    move: (n) => `${items(n)} verschieben`,
    starting: 'Wird gestartet',
    recounting: 'Wird neu gezählt',
    safe: 'Läuft auf dem Server. Sie können den Browser schließen und später den Bericht ansehen.',
    ifMove: {
      heading: 'Wenn Sie stattdessen verschieben',
      text: (n, whose) =>
        `${items(n)} ${plural(n, { one: 'käme', other: 'kämen' })} in den Papierkorb von ${whose}, jedes erst, wenn seine Kopie geprüft ist. Das bestätigen Sie gesondert.`,
    },
    stale: 'Vor mehr als 15 Minuten gezählt: Beim Start wird neu gezählt.',
    changedSince: {
      heading: 'Das Ergebnis ist anders als bei der letzten Zählung',
      text: 'Es wurde nichts gestartet. Sehen Sie sich die neuen Zahlen an, und starten Sie dann.',
    },
  },
  blockedReason: {
    blocked: (what) => `Blockiert: ${what}`,
    nothing: 'Es gibt nichts zu kopieren.',
    nothingToMove:
      'Nichts davon gehört dem Quellkonto, deshalb kann nichts verschoben werden. Kopieren Sie stattdessen.',
    otherAccount: {
      source: (account) => `Die Quelle dieser Zählung ist ${account}, aber ein anderes Konto ist verbunden.`,
      destination: (account) => `Das Ziel dieser Zählung ist ${account}, aber ein anderes Konto ist verbunden.`,
    },
  },
  move: {
    title: (n, whose) =>
      `${plural(n, { one: '1 Original', other: `${count(n)} Originale` })} in den Papierkorb von ${whose} verschieben?`,
    trash: (whose) =>
      `Jedes Original kommt erst in den Papierkorb, wenn seine Kopie geprüft ist. Google leert den Papierkorb nach 30 Tagen. Bis dahin kann ${whose} alles wiederherstellen.`,
    foreign: (n) =>
      `${items(n)} anderer Eigentümer ${plural(n, { one: 'wird kopiert und bleibt, wo es ist', other: 'werden kopiert und bleiben, wo sie sind' })}.`,
    conditionWithAccess: 'Ich weiß, dass der Versionsverlauf nicht übernommen wird',
    condition: 'Ich weiß, dass Freigaben und Versionsverlauf nicht übernommen werden',
    keep: 'Nur kopieren',
    act: (n) => `${items(n)} verschieben`,
    kept: 'Zu „Kopieren“ geändert. Es wurde nichts gestartet; es wird neu gezählt.',
  },
  lost: {
    heading: {
      source: 'Ihre Anmeldung an der Quelle ist abgelaufen',
      destination: 'Ihre Anmeldung am Ziel ist abgelaufen',
    },
    text: 'Die Zählung bleibt eine Stunde erhalten. Verbinden Sie dasselbe Konto neu, um sie zu starten.',
    reconnect: { source: 'Quelle neu verbinden', destination: 'Ziel neu verbinden' },
  },
  gone: {
    reason: 'Für diese Konten gibt es diese Zählung nicht',
    text: 'Vielleicht gehört sie zu einem anderen Konto, oder sie ist älter als eine Stunde. Ihre Auswahl ist noch da.',
    back: 'Zurück zur Auswahl',
  },
  failed: {
    back: 'Zurück zur Auswahl',
    empty: 'Ihre Auswahl ist leer, oder alles darin wurde gelöscht.',
    filtered: 'Der Filter schließt alles aus, was Sie ausgewählt haben. Ändern Sie ihn und zählen Sie neu.',
  },
  back: 'Auswahl ändern',
  loading: 'Die Zählung wird geladen',
  announce: {
    counted: (sentence, check) => `Gezählt. ${sentence}${check && `. ${check}`}`,
    check: (sections) => `Bitte prüfen: ${sections.join(', ')}.`,
  },
};
