import type { TransferOrder } from '../../engine/model/order.js';

// Stored records call the credential's id `grantId` and the selected items `items`, so that processes of two versions
// can read each other's records.

export type Stored<T> = Omit<T, 'credentialId'> & { readonly grantId: string };
type Party = TransferOrder['source'];
export type StoredOrder = Omit<TransferOrder, 'sourceIds' | 'source' | 'destination'> &
  Record<'source' | 'destination', Stored<Party>> & { readonly items: TransferOrder['sourceIds'] };

export function toStored<T extends { credentialId: string }>({ credentialId, ...rest }: T): Stored<T> {
  return { ...rest, grantId: credentialId };
}

export function fromStored<T>({ grantId, ...rest }: Stored<T>) {
  return { ...rest, credentialId: grantId };
}

export function toStoredOrder({ sourceIds: items, source, destination, ...order }: TransferOrder): StoredOrder {
  return { ...order, items, source: toStored(source), destination: toStored(destination) };
}

export function fromStoredOrder({ items: sourceIds, source, destination, ...order }: StoredOrder): TransferOrder {
  return { ...order, sourceIds, source: fromStored<Party>(source), destination: fromStored<Party>(destination) };
}
