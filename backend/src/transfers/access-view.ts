import type { AccessListDto, PeopleListDto, SharingChoicesDto, TransferSharingDto } from './sharing.dto.js';

/** A transfer that carries no permissions over. */
export const NO_SHARING: SharingChoicesDto = {
  mode: 'none',
  unmapped: 'keep',
  links: 'keep',
  owner: 'drop',
  outsiders: 'keep',
  notify: false,
  lines: 0,
};

/** Who may open the copies, and what came of it. */
export const sharingView = (): TransferSharingDto => ({
  ...NO_SHARING,
  wanted: 0,
  equal: 0,
  narrower: 0,
  wider: 0,
  waiting: 0,
  reasons: [],
});

export const accessPage = (): AccessListDto => ({ items: [], counts: { gains: 0, loses: 0, less: 0, keeps: 0 } });

export const peoplePage = (): PeopleListDto => ({ lines: [] });
