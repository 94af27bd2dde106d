export const rows = [];

export const notYet = ['asks for the key', 'key refused', 'figures', 'as a table', 'not renewed'];
