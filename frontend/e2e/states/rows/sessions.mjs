export const rows = [];

export const notYet = ['this browser and others', 'only this browser', 'could not be loaded', 'withdrawing asks'];
