import { SharingChoices } from '../../api/models/sharing-choices';
import { Sharing } from '../../api/models/sharing';
import { PeopleMap } from './people-map';

/** What can be chosen about access, beside the people map. */
export type SharingFields = Omit<SharingChoices, 'lines'>;

/** The choices as fields, with the API's defaults. */
export const sharingFieldsOf = (sharing: Partial<SharingChoices> = {}): SharingFields => ({
  mode: sharing.mode ?? 'none',
  unmapped: sharing.unmapped ?? 'keep',
  links: sharing.links ?? 'keep',
  owner: sharing.owner ?? 'drop',
  outsiders: sharing.outsiders ?? 'keep',
  notify: sharing.notify ?? false,
});

/** In the form that the API takes. */
export const sharingRequest = (fields: SharingFields, people: PeopleMap): Sharing => ({
  ...fields,
  people: fields.mode === 'carry' ? people.request() : [],
});
