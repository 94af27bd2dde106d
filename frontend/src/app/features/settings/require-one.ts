import { type SchemaPath, validate } from '@angular/forms/signals';

/** A form's rule for check boxes by name: at least one of them is checked. */
export const requireOne = <Name extends string>(boxes: SchemaPath<Record<Name, boolean>>): void =>
  validate(boxes, ({ value }) => (Object.values(value()).includes(true) ? undefined : { kind: 'required' }));
