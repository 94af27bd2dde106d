import { LinkCode } from '../../api/models/link-code';
import { count, pluralOf } from '../counting';

const plural = pluralOf('en');
const linksOf = (n: number) => `${count(n)} ${plural(n, { one: 'link', other: 'links' })}`;
const documentsOf = (n: number) => `${count(n)} ${plural(n, { one: 'document', other: 'documents' })}`;

export const links = {
  heading: 'Links in documents',
  mode: { label: 'Links in the copied documents', leave: 'Leave as is', report: 'List only', rewrite: 'Rewrite' },
  /** What each choice does. */
  choices: {
    leave: 'Links in the copies stay as they are: they lead to the originals.',
    report:
      'CloudMover lists each link to something in Drive, and shows which ones could lead to a copy. No document is changed.',
    rewrite: 'Links to something that is copied too will lead to its copy. Only copies are changed, never originals.',
  },
  uncounted: 'Recount to see how many links there are.',
  recount: 'Recount with these settings',
  /** In one line, if the count estimated it. */
  result: {
    report: (about: string) => `About ${about} to list.`,
    rewrite: (about: string) => `About ${about} to rewrite.`,
  },
  none: 'No documents that can contain links.',
  counted: linksOf,
  table: 'Documents with links, by kind',
  columns: {
    kind: 'Kind',
    documents: 'Documents',
    report: 'Links to copied items, about',
    rewrite: 'Links to change, about',
    meaning: 'What it means',
  },
  kinds: { document: 'Docs', spreadsheet: 'Sheets', presentation: 'Slides', form: 'Forms' },
  meanings: {
    document: 'Text, smart chips, tables, headers, footers and footnotes.',
    spreadsheet:
      'Cells, notes, chips, HYPERLINK and IMPORTRANGE. After a change, somebody has to allow access once for each IMPORTRANGE.',
    presentation: 'Text, shapes, images and speaker notes. Linked charts stay as they are and are listed.',
    form: 'The spreadsheet that receives the responses. Google lets only a person change it, so it is listed.',
  },
  unknown: 'not known',
  estimated: (n: number) =>
    `Estimated from ${documentsOf(n)} that ${plural(n, { one: 'was', other: 'were' })} read. Links to items outside this transfer stay as they are.`,
  apiOff: {
    heading: (kinds: string, n: number) =>
      plural(n, { one: `The ${kinds} API is turned off`, other: `The APIs of ${kinds} are turned off` }),
    planned: (n: number, apis: number) =>
      `The links in ${documentsOf(n)} are not known. Turn ${plural(apis, { one: 'it', other: 'them' })} on in the Google Cloud console, then recount. Everything else works.`,
    running: (n: number, apis: number) =>
      `${documentsOf(n)} ${plural(n, { one: 'is', other: 'are' })} not read. Everything else continues. Turn ${plural(apis, { one: 'it', other: 'them' })} on in the Google Cloud console; after the end, you can rewrite the rest.`,
    ended: (n: number, apis: number) =>
      `${documentsOf(n)} ${plural(n, { one: 'was', other: 'were' })} not read. Turn ${plural(apis, { one: 'it', other: 'them' })} on in the Google Cloud console, then list or rewrite links again on the tab Links.`,
    copy: 'Copy console address',
    copyOf: (kind: string) => `Copy console address of ${kind}`,
  },
  address: {
    copied: 'Address copied',
    notCopied: (address: string) => `The browser did not allow copying. The address is ${address}`,
  },
  /** Why a link is not rewritten, or a document not read, by code. */
  codes: {
    published: 'A version published to the web, which a copy does not have',
    form_response: 'The page on which people fill in a form: its address differs from the form’s',
    script: 'An Apps Script, or a program that it publishes',
    suggestion: 'Part of a suggestion that nobody has accepted or rejected',
    linked_chart: 'A chart that is linked to a spreadsheet',
    drive_video: 'A video in Drive',
    form_destination: 'The spreadsheet that receives the responses to a form',
    linked_image: 'A linked image',
    linked_object: 'The link of an object, which Google lets only a person change',
    computed_address: 'A formula computes the address',
    read_only_chip: 'Next to a chip that only a person can change, such as that of an event or place',
    api_off: 'Google’s API for this kind of document is turned off',
    document_locked: 'The document is locked',
    no_edit_right: 'The destination account may not edit the document',
    edited_since: 'Somebody edited the copy, so it was left alone',
    edited_meanwhile: 'Somebody edited the document each time CloudMover tried',
    document_missing: 'The copy was deleted, or is in the trash',
    too_large: 'The document is too large to be read',
    not_changed: 'Google accepted the change, but the old link is still there',
    refused: 'Google refused it',
  } as Record<LinkCode, string> as Readonly<Record<string, string | undefined>>,
  /** What a person can do about it. */
  fixes: {
    published: 'Publish the copy to the web, and use its new address.',
    form_response: 'Open the copied form, and use its link for responders.',
    script: 'Deploy the script of the copy, and use its new address.',
    suggestion: 'Accept or reject the suggestion, then rewrite links again.',
    linked_chart: 'Unlink the chart, and insert it again from the copied spreadsheet.',
    drive_video: 'Delete the video, and insert the copied one.',
    form_destination: 'In the copied form, open Responses and link the copied spreadsheet.',
    linked_image: 'Select the image, and change its link.',
    linked_object: 'Select the object, and change its link.',
    computed_address: 'Change the formula, or the cells that it uses.',
    read_only_chip: 'Change the link in the cell.',
    api_off: 'Turn it on in the Google Cloud console, then rewrite links again.',
    document_locked: 'Unlock the document in Drive, then rewrite links again.',
    no_edit_right: 'Let the destination account edit it, then rewrite links again.',
    edited_since: 'Change the link in the document; links.csv has the new address.',
    edited_meanwhile: 'Rewrite links again when nobody is editing it.',
    document_missing: 'Restore the copy from the trash, then rewrite links again.',
    too_large: 'Change its links in the document; map.csv has the new addresses.',
    not_changed: 'Change the link in the document; links.csv has the new address.',
    refused: 'Change the link in the document; links.csv has the new address.',
  } as Record<LinkCode, string> as Readonly<Record<string, string | undefined>>,
  /** Where a link is. */
  place: {
    slide: (n: string) => `Slide ${n}`,
    parts: { table: 'table', header: 'header', footer: 'footer', footnote: 'footnote', speaker_notes: 'speaker notes' },
    holders: {
      chip: 'chip',
      note: 'note',
      shape: 'shape',
      image: 'image',
      chart: 'chart',
      video: 'video',
      responses: 'Responses',
    },
    quoted: (label: string) => `“${label}”`,
    text: 'Text',
    document: 'Whole document',
  },
  list: {
    label: 'Links',
    show: 'Show',
    outcomes: {
      unsupported: 'To change manually',
      failed: 'Failed',
      unread: 'Not read',
      waiting: 'Not rewritten',
      rewritten: 'Rewritten',
      outside: 'Point elsewhere',
    },
    search: 'Document or address',
    columns: { document: 'Document', place: 'Place', what: 'What to do', address: 'Address', actions: 'Open' },
    consent: 'Open the spreadsheet once and select “Allow access”.',
    becomes: (address: string) => `New: ${address}`,
    open: 'Open',
    openOf: (path: string) => `Open ${path} in Drive (opens in a new tab)`,
    copyNew: 'Copy the new address',
    loading: 'Loading links',
    failed: 'The list could not be loaded',
    empty: 'No link has this outcome.',
    nothingMatches: 'Nothing matches.',
    shown: (n: number, more: boolean) => (more ? `${count(n)} shown, still more` : `${count(n)} shown, that is all`),
    update: 'Update the list',
  },
  transfer: {
    /** The name of the step and of its tab. */
    step: 'Links',
    off: 'Links in the copies were left as they are: they lead to the originals.',
    later: 'Links come after the final check',
    laterText: 'CloudMover reads the copies once all of them have arrived.',
    none: (read: number) =>
      `No link to anything in Drive. ${documentsOf(read)} ${plural(read, { one: 'was', other: 'were' })} read.`,
    read: (n: number) => `${documentsOf(n)} ${plural(n, { one: 'was', other: 'were' })} read.`,
    unread: (n: number) => `${documentsOf(n)} could not be read.`,
    /** Buttons: for the first time, and once links have been listed or rewritten. */
    act: { report: 'List links', rewrite: 'Rewrite links' },
    again: { report: 'List again', rewrite: 'Rewrite again' },
    dialog: {
      heading: { report: 'List the links in the copies?', rewrite: 'Rewrite the links in the copies?' },
      text: {
        report:
          'CloudMover reads the copied Docs, Sheets, Slides and Forms, and lists each link to something in Drive. No document is changed.',
        rewrite:
          'Links to something that was copied will lead to its copy. Copies that somebody has edited since are left alone, and the others keep their modification date.',
      },
      safe: 'Nothing is copied again, and the originals are neither read nor changed.',
      keep: 'Not now',
    },
    totals: {
      label: 'Links in the copies',
      found: (n: number) => plural(n, { one: 'link found', other: 'links found' }),
      rewritten: 'rewritten',
      outside: 'point elsewhere',
      unsupported: 'to change manually',
      failed: 'failed',
      waiting: 'not rewritten',
    },
    parked: (when: string) =>
      `Google is limiting requests for now. Links in the copies come next. Resumes automatically: ${when}.`,
    reasons: 'Why links are not rewritten',
    /** The same, and for documents. */
    reasonsToo: 'Why links are not rewritten, or documents not read',
    counted: { links: linksOf, documents: documentsOf },
    csv: 'links.csv',
    map: 'map.csv, old and new addresses',
    progress: {
      report: (found: number, read: number) => `Listing links: ${count(found)} in ${documentsOf(read)} so far`,
      rewrite: (rewritten: number, read: number) =>
        `Rewriting links: ${count(rewritten)} in ${documentsOf(read)} so far`,
    },
    figure: {
      name: 'Links',
      rewritten: (n: number) => `${count(n)} rewritten`,
      found: (n: number) => `${count(n)} found`,
      waiting: (n: number) =>
        `${count(n)} ${plural(n, { one: 'leads to an original that was copied', other: 'lead to originals that were copied' })}`,
      failed: (n: number) => `${count(n)} failed`,
      manual: (n: number) => `${count(n)} to change manually`,
      unread: (n: number) => `${documentsOf(n)} not read`,
      see: (n: number) => plural(n, { one: 'See it', other: 'See them' }),
    },
    certificate: {
      name: 'Links in documents',
      rewritten: (n: number, all: number) => `${count(n)} of ${count(all)} rewritten`,
    },
    about: 'About links',
    elsewhere: {
      heading: 'Links elsewhere',
      text: 'E-mails, wikis and bookmarks still have the old addresses. Paste a text, and get it back with the new ones.',
      act: 'Replace addresses',
    },
    proof: {
      heading: 'How links are proven',
      rewrite: 'Each changed document was read again: every rewritten link is there with its new address.',
      report: 'Each document was read once. None was changed.',
      edited: (n: number) =>
        `${linksOf(n)} ${plural(n, { one: 'is', other: 'are' })} in documents that somebody edited after they were copied. Those documents were left alone, so ${plural(n, { one: 'it counts', other: 'they count' })} as failed.`,
    },
  },
};
