import { Webhook, WebhookVerificationError } from 'standardwebhooks';
import { newSecret, signedHeaders } from './signature.js';

const BODY = '{"type":"transfer.completed","data":{"name":"Übergabe 🦊"}}';

it('signs so that the library of the specification accepts the message with the old and with the new secret', () => {
  const [old, current] = [newSecret(), newSecret()];
  const headers = signedHeaders('msg_1', Date.now(), BODY, [current, old]);
  for (const secret of [old, current]) expect(new Webhook(secret).verify(BODY, headers)).toEqual(JSON.parse(BODY));
});

it('signs id, time and body: the library refuses a message in which one of them was changed', () => {
  const secret = newSecret();
  const headers = signedHeaders('msg_1', Date.now(), BODY, [secret]);
  const webhook = new Webhook(secret);
  expect(() => webhook.verify(BODY.replace('completed', 'failed'), headers)).toThrow(WebhookVerificationError);
  expect(() => webhook.verify(BODY, { ...headers, 'webhook-id': 'msg_2' })).toThrow(WebhookVerificationError);
  const later = String(Number(headers['webhook-timestamp']) + 1);
  expect(() => webhook.verify(BODY, { ...headers, 'webhook-timestamp': later })).toThrow(WebhookVerificationError);
  expect(() => new Webhook(newSecret()).verify(BODY, headers)).toThrow(WebhookVerificationError);
});
