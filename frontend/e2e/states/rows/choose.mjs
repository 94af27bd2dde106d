export const rows = [];

export const notYet = [
  'both panes',
  'loading',
  'still waiting for Google',
  'empty folder',
  'nothing found',
  'partial list',
  'selection',
  'selection listed',
  'all of a folder instead',
  'huge folder',
  'drive picker',
  'new folder',
  'copy only and can’t copy',
  'source session ended',
  'destination session ended',
  'folder gone',
  'destination read only',
  'one side not connected',
];
