import type { OutcomeReason } from './access-reasons.js';
import type { LinkReason } from './links.js';

const byHand = (title: string, advice: string): OutcomeReason => ({ title, advice, isRetryable: false });
const retryable = (title: string, advice: string): OutcomeReason => ({ title, advice, isRetryable: true });

/** Why links were not rewritten, or a document could not be read, with the sentences for it. */
export const LINK_REASONS: Readonly<Record<LinkReason, OutcomeReason>> = {
  published: byHand(
    'It leads to a version that was published to the web. A copy is not published.',
    'Publish the copy, and replace the link.',
  ),
  form_response: byHand(
    'It leads to the page where people fill in a form. That page has an address of its own.',
    'Open the copy of the form, choose Send, and replace the link.',
  ),
  script: byHand('It leads to a script or to the program that it publishes.', 'Deploy the copy, and replace the link.'),
  suggestion: retryable(
    'It is part of a suggestion.',
    'Accept or reject the suggestion in the copy, then rewrite links again.',
  ),
  linked_chart: byHand(
    'The chart is updated from the original spreadsheet. Google cannot change that.',
    'Insert the chart again, from the copy of the spreadsheet.',
  ),
  drive_video: byHand('Google cannot replace the file of a video.', 'Insert the video again, from its copy.'),
  form_destination: byHand(
    'The responses to the form go to the original spreadsheet. Only a person can change that.',
    'Open Responses in the copy of the form, and select the copy of the spreadsheet as the destination.',
  ),
  linked_image: byHand('Google cannot change the link of an image.', 'Select the image, and replace its link.'),
  linked_object: byHand('Google cannot change the link of such an object.', 'Select it, and replace its link.'),
  computed_address: byHand(
    'A formula computes the address from parts or from other cells.',
    'Change the formula, or the cells from which it takes the address.',
  ),
  read_only_chip: byHand(
    'It is next to a smart chip that Google cannot write, such as that of an event or a place.',
    'Replace the link in the cell.',
  ),
  api_off: retryable(
    "The API for this kind of document is switched off in the installation's Google Cloud project.",
    'Ask an operator to enable the API, then repeat the step.',
  ),
  document_locked: retryable('The copy is locked.', 'Unlock it, then rewrite links again.'),
  no_edit_right: retryable(
    'The destination account may not edit the copy.',
    'Give the account the right to edit it, then rewrite links again.',
  ),
  edited_since: byHand(
    'Somebody has edited the copy since it was made, so it was left alone.',
    'Replace the link in the copy.',
  ),
  edited_meanwhile: retryable(
    'Somebody was editing the copy, so its links could not be changed.',
    'Rewrite links again when nobody is editing it.',
  ),
  document_missing: retryable(
    'The copy was deleted, or is in the trash.',
    'Restore it from the trash, then repeat the step.',
  ),
  too_large: byHand('The copy is too large to read its links.', 'Check its links yourself.'),
  not_changed: retryable(
    'Google accepted the change, but the copy still has the old link.',
    'Rewrite links again, or replace the link in the copy.',
  ),
  refused: retryable('Google refused it.', 'Rewrite links again, or replace the link in the copy.'),
};
