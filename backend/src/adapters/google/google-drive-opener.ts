import type { Clock } from '../../engine/ports/clock.js';
import type { Drives } from '../../engine/ports/drive.js';
import type { TransferOrder } from '../../engine/model/order.js';
import { DriveOpener, type RequestWatch } from '../../transfers/drives.port.js';
import type { GoogleClient } from './google-client.js';
import { GoogleDrive } from './google-drive.adapter.js';

/** Opens the two Google Drives of a transfer; both use one client. */
export class GoogleDriveOpener extends DriveOpener {
  constructor(
    private readonly client: GoogleClient,
    private readonly clock: Clock,
  ) {
    super();
  }

  override open({ source, destination }: TransferOrder, watch: RequestWatch): Drives {
    return {
      source: new GoogleDrive(this.client, source.credentialId, source, 'source', watch),
      destination: new GoogleDrive(this.client, destination.credentialId, destination, 'destination', watch),
      clock: this.clock,
    };
  }
}
