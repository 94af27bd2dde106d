import { SharingChoicesDto } from '../../api/models/sharing-choices-dto';
import { SharingDto } from '../../api/models/sharing-dto';
import { PeopleMap } from './people-map';

/** What can be chosen about access, beside the people map. */
export type SharingFields = Omit<SharingChoicesDto, 'lines'>;

/** The choices as fields, with the API's defaults. */
export const sharingFieldsOf = (sharing: Partial<SharingChoicesDto> = {}): SharingFields => ({
  mode: sharing.mode ?? 'none',
  unmapped: sharing.unmapped ?? 'keep',
  links: sharing.links ?? 'keep',
  owner: sharing.owner ?? 'drop',
  outsiders: sharing.outsiders ?? 'keep',
  notify: sharing.notify ?? false,
});

/** In the form that the API takes. */
export const sharingRequest = (fields: SharingFields, people: PeopleMap): SharingDto => ({
  ...fields,
  people: fields.mode === 'carry' ? people.request() : [],
});
