export const rows = [];

export const notYet = [
  'counting',
  'ready',
  'blocking check',
  'older than 15 minutes',
  'what can’t be copied',
  'consent to conversion',
  'confirming a move',
  'count failed',
  'not found',
];
