import type { TransferOrder } from '../../engine/model/order.js';

// Records call the credential's id `grantId`, so that processes of two versions can read each other's records.

export type Stored<T> = Omit<T, 'credentialId'> & { readonly grantId: string };
type Party = TransferOrder['source'];
export type StoredOrder = Omit<TransferOrder, 'source' | 'destination'> &
  Record<'source' | 'destination', Stored<Party>>;

export function toStored<T extends { credentialId: string }>({ credentialId, ...rest }: T): Stored<T> {
  return { ...rest, grantId: credentialId };
}

export function fromStored<T>({ grantId, ...rest }: Stored<T>) {
  return { ...rest, credentialId: grantId };
}

export function toStoredOrder(order: TransferOrder): StoredOrder {
  return { ...order, source: toStored(order.source), destination: toStored(order.destination) };
}

export function fromStoredOrder(stored: StoredOrder): TransferOrder {
  return { ...stored, source: fromStored<Party>(stored.source), destination: fromStored<Party>(stored.destination) };
}
