import { answer, type Call } from '../http/call.ts';
import type { DriveStore } from '../drive/drive-store.ts';
import type { Endpoints } from '../http/endpoint.ts';
import type { Reply } from '../http/exchange.ts';
import { administered, checkCustomer } from './directory-calls.ts';
import { CUSTOMER_SCHEMA, customerResource, domainResources, DOMAINS_SCHEMA, tagged } from './directory-resource.ts';
import type { Organization } from './directory.ts';

/** The endpoints of `customers` and `domains` of the Admin SDK. */
export const CUSTOMERS_ENDPOINTS = {
  'directory.customers.get': {
    at: 'GET /admin/directory/v1/customers/{customerKey}',
    handle: ({ customers }, call) => customers.get(call),
    scopes: 'customerRead',
    cost: 'directory',
    typicalMs: 120,
    errors: ['directoryForbidden', 'badRequest', 'notFound'],
  },
  'directory.domains.list': {
    at: 'GET /admin/directory/v1/customer/{customer}/domains',
    handle: ({ customers }, call) => customers.domains(call),
    scopes: 'domainRead',
    cost: 'directory',
    typicalMs: 120,
    errors: ['directoryForbidden', 'badRequest', 'notFound'],
  },
} as const satisfies Endpoints;

/** The organisation itself (Admin SDK, `customers` and `domains`). */
export class CustomersApi {
  private readonly store: DriveStore;

  constructor(store: DriveStore) {
    this.store = store;
  }

  get(call: Call): Reply {
    return answer(call, customerResource(this.own(call, 'customerKey')), CUSTOMER_SCHEMA, '*');
  }

  domains(call: Call): Reply {
    const domains = domainResources(this.own(call, 'customer'));
    return answer(call, tagged('admin#directory#domains', { domains }), DOMAINS_SCHEMA, '*');
  }

  private own(call: Call, parameter: string): Organization {
    const organization = administered(call, this.store);
    checkCustomer(call.route.ids[parameter] ?? '', organization);
    return organization;
  }
}
