import { behave, control, PEOPLE, type Request, type Scenario } from '../scenario.ts';

const form = (described: object): Request =>
  control('documents', { account: PEOPLE.alice, name: 'Survey', form: described }, { form: 'id' });

export const FORMS: Scenario[] = [
  {
    source: 'https://developers.google.com/workspace/forms/api/reference/rest/v1/forms',
    title: 'a form states the spreadsheet that collects its responses',
    steps: [
      form({ linkedSheetId: 'sheet' }),
      {
        ask: 'GET /v1/forms/{form}',
        status: 200,
        json: { formId: '{form}', info: { documentTitle: 'Survey' }, linkedSheetId: 'sheet' },
      },
      form({}),
      { ask: 'GET /v1/forms/{form}?fields=linkedSheetId', status: 200, exactly: {} },
    ],
  },
  {
    source: 'https://cloud.google.com/service-usage/docs/enable-disable',
    title: 'the API can be disabled for the project',
    steps: [
      form({}),
      behave({ disabledApis: ['forms'] }),
      {
        ask: 'GET /v1/forms/{form}',
        status: 403,
        json: { error: { details: [{ reason: 'SERVICE_DISABLED' }, {}] } },
      },
    ],
  },
  {
    source: 'https://developers.google.com/workspace/forms/api/limits',
    title: 'reads have a limit of their own',
    steps: [
      form({}),
      behave({ quotas: { formsReadPerMinute: 1 } }),
      { ask: 'GET /v1/forms/{form}', status: 200 },
      { ask: 'GET /v1/forms/{form}', status: 429, json: { error: { status: 'RESOURCE_EXHAUSTED' } } },
    ],
  },
];
