export const rows = [];

export const notYet = ['network failed', 'a sign-in for either side', 'a sign-in that began elsewhere'];
