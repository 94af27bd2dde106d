declare module 'cluster-key-slot' {
  /** The Cluster slot of a key: CRC16 of its hash tag or, without one, of the whole key. */
  export default function slotOf(key: string): number;
}
